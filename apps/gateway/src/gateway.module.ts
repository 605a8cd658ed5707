import type { Catalog } from '@lumenfall/catalog';
import { ApiExceptionFilter, LOG, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccountModule } from './account/account.module.js';
import { AdmissionModule } from './admission/admission.module.js';
import { RejectionRecorder } from './admission/rejections.js';
import { MODEL_HEADER, nameRoute } from './admission/response-headers.js';
import { AuthenticationModule } from './authentication/authentication.module.js';
import { ChatModule } from './chat/chat.module.js';
import { ConnectionsModule } from './connections.module.js';
import { KnownRoutes } from './errors/known-routes.js';
import { ImagesModule } from './images/images.module.js';
import { MediaModule } from './media/media.module.js';
import type { CatalogSource } from './models/live-catalog.js';
import { ModelsModule } from './models/models.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { StatementsModule } from './statements/statements.module.js';
import { CATALOG } from './tokens.js';
import { VideosModule } from './videos/videos.module.js';

/** The limits that a client can act on, by Fastify's error code. */
const LIMITS = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request body is too large: at most 20 MB of JSON, 50 MB per uploaded file',
  FST_REQ_FILE_TOO_LARGE: 'An uploaded file is too large: at most 50 MB',
};

/** Names the model of a refused body in the header, if it was refused before its request was planned. */
function nameModel({ body }: FastifyRequest, reply: FastifyReply, catalog: Catalog): void {
  if (reply.hasHeader(MODEL_HEADER) || typeof body !== 'object' || body === null) return;
  const name: unknown = Reflect.get(body, 'model');
  const model = typeof name === 'string' ? catalog.byName.get(name)?.id : undefined;
  if (model !== undefined) nameRoute(reply, { model });
}

/** The gateway: one module per feature, and the exception filter over all of them. */
@Module({
  imports: [
    ConnectionsModule,
    AuthenticationModule,
    AdmissionModule,
    ModelsModule,
    ChatModule,
    ImagesModule,
    VideosModule,
    AccountModule,
    PaymentsModule,
    StatementsModule,
    MediaModule,
  ],
  providers: [
    KnownRoutes,
    {
      provide: APP_FILTER,
      inject: [LOG, KnownRoutes, RejectionRecorder, CATALOG],
      useFactory: (log: Logger, routes: KnownRoutes, rejections: RejectionRecorder, catalog: CatalogSource) =>
        new ApiExceptionFilter(log, {
          messages: LIMITS,
          notFound: (request, reply) => routes.notFound(request, reply),
          observe: (request, error, reply) => {
            nameModel(request, reply, catalog.current());
            rejections.record(request, error);
          },
        }),
    },
  ],
})
export class GatewayModule {}
