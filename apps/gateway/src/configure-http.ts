import multipart from '@fastify/multipart';
import type { Logger } from '@lumenfall/service-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { stampArrivals } from './admission/arrival.js';
import { readJsonBodies, refusePackedBodies } from './admission/content-types.js';
import { drainRefusedBodies } from './admission/refused-body.js';
import type { RejectionRecorder } from './admission/rejections.js';
import { MODEL_HEADER, PROVIDER_HEADER, REQUEST_ID_HEADER, SDK_REQUEST_ID_HEADER } from './admission/request-id.js';
import { requireKey } from './authentication/authentication-hook.js';
import type { KeyDirectory } from './authentication/key-directory.js';
import { GatewayExceptionFilter } from './errors/exception.filter.js';
import { KnownRoutes } from './errors/known-routes.js';
import { answerTheUnusual } from './errors/unreadable-request.js';
import { FORM_LIMITS } from './videos/read-form.js';

const MB = 1024 * 1024;
export const JSON_LIMIT = 20 * MB;

export interface HttpParts {
  log: Logger;
  keys: KeyDirectory;
  rejections: RejectionRecorder;
  /** Told the address once it is known. */
  onListening(url: string): void;
}

/** What every request passes, in this order: stamp, CORS, key, body. Returns the routes that get registered afterwards. */
export function configureHttp(app: NestFastifyApplication, parts: HttpParts): KnownRoutes {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const routes = new KnownRoutes();
  fastify.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  answerTheUnusual(app.getHttpServer());
  stampArrivals(app);
  // Browsers may call with a key of their own; there are no cookies that another page could ride on.
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
    ],
    maxAge: 86_400,
    strictPreflight: false,
  });
  requireKey(fastify, parts.keys);
  refusePackedBodies(fastify);
  readJsonBodies(app, JSON_LIMIT);
  drainRefusedBodies(fastify);
  void fastify.register(multipart, { limits: FORM_LIMITS, throwFileSizeLimit: true });
  app.useGlobalFilters(new GatewayExceptionFilter(routes, parts.log, parts.rejections.observe));
  fastify.addHook('onListen', async () => parts.onListening(await app.getUrl()));
  return routes;
}
