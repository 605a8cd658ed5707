import multipart from '@fastify/multipart';
import { CONFIGURATION } from '@lumenfall/service-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AdminAccess, requireAdminToken } from './admin/admin-access.js';
import { drainRefusedBodies, readJsonBodies, refuseCompressedBodies } from './admission/request-body.js';
import {
  MODEL_HEADER,
  PROVIDER_HEADER,
  REQUEST_ID_HEADER,
  SDK_REQUEST_ID_HEADER,
  stampArrivals,
} from './admission/response-headers.js';
import { AuthenticationGuard, requireKey } from './authentication/authentication.guard.js';
import type { GatewayConfiguration } from './configuration.js';
import { KnownRoutes } from './errors/known-routes.js';
import { answerTheUnusual } from './errors/unreadable-request.js';
import { LIMIT_HEADERS } from './limits/limit-headers.js';
import { PublicUrl } from './media/media-address.js';
import { FORM_LIMITS } from './uploads/form-parts.js';

const MB = 1024 * 1024;
export const JSON_LIMIT = 20 * MB;

/**
 * What every request passes before Nest's guards, in this order: stamp, CORS, key, body. These are Fastify hooks
 * because Nest runs guards and interceptors only after the body has been received and parsed.
 */
export function configureHttp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const routes = app.get(KnownRoutes);
  fastify.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  answerTheUnusual(app.getHttpServer());
  stampArrivals(app);
  // Any origin: callers authenticate by a key that they send themselves; there are no cookies that another page could
  // use.
  app.enableCors({
    origin: '*',
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders: [
      REQUEST_ID_HEADER,
      SDK_REQUEST_ID_HEADER,
      PROVIDER_HEADER,
      MODEL_HEADER,
      'Retry-After',
      'x-should-retry',
      'openai-poll-after-ms',
      ...LIMIT_HEADERS,
    ],
    maxAge: 86_400,
    strictPreflight: false,
  });
  requireKey(fastify, app.get(AuthenticationGuard, { strict: false }));
  const { ADMIN_TOKEN } = app.get<GatewayConfiguration>(CONFIGURATION, { strict: false });
  if (ADMIN_TOKEN) requireAdminToken(fastify, new AdminAccess(ADMIN_TOKEN));
  refuseCompressedBodies(fastify);
  readJsonBodies(app, JSON_LIMIT);
  drainRefusedBodies(fastify);
  void fastify.register(multipart, { limits: FORM_LIMITS, throwFileSizeLimit: true });
  const publicUrl = app.get(PublicUrl, { strict: false });
  fastify.addHook('onListen', async () => publicUrl.listening(await app.getUrl()));
}
