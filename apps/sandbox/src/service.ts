import multipart from '@fastify/multipart';
import { httpStatusOf, type ApiError } from '@lumenfall/contracts';
import { ApiExceptionFilter, listenShape, logShape, type ServiceDefinition } from '@lumenfall/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { providerOfPath } from './calls/handle-call.js';
import { refusalForms } from './calls/refusal-forms.js';
import { SandboxContext } from './context.js';
import { ControlController } from './control.controller.js';
import { ProvidersController } from './providers.controller.js';

const configurationSchema = z.object({ ...listenShape, ...logShape });

const MEGABYTE = 1024 * 1024;
/** Leaves room for images in base64. */
const LARGEST_BODY = 128 * MEGABYTE;

@Module({ controllers: [ControlController, ProvidersController] })
class SandboxModule {
  static around(context: SandboxContext): DynamicModule {
    return { module: SandboxModule, providers: [{ provide: SandboxContext, useValue: context }] };
  }
}

/** Stands in for the providers. Its work is not worth waiting for: at a shutdown it ends at once. */
export const sandboxService: ServiceDefinition<z.infer<typeof configurationSchema>> = {
  name: 'sandbox',
  configuration: configurationSchema,
  async build({ configuration, log }) {
    const context = new SandboxContext();
    return {
      module: SandboxModule.around(context),
      listen: { host: configuration.HOST, port: configuration.PORT },
      fastify: { bodyLimit: LARGEST_BODY, forceCloseConnections: true },
      async configure(app) {
        await app.register(multipart, { limits: { fileSize: 50 * MEGABYTE, files: 17, fieldSize: MEGABYTE } });
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onRequest', (request, reply, done) => {
            if (!/^\/(_sandbox|livez|readyz|metrics)/.test(request.url)) context.journal.open(request, reply);
            done();
          });
        app.useGlobalFilters(new ApiExceptionFilter(log, { send: refuse }));
      },
      ready: async () => undefined,
      close: [{ name: 'context', run: () => context.close() }],
    };
  },
};

/**
 * Answers a failure outside a protocol (unknown path, broken JSON, a bug) in the error form of the provider addressed.
 */
function refuse(reply: FastifyReply, error: ApiError, { method, url }: FastifyRequest): void {
  const form = refusalForms[providerOfPath(url) ?? 'openai'];
  const status = httpStatusOf(error);
  const refusal =
    status === 404
      ? form.notFound(`${method} ${url.split('?', 1)[0] ?? ''}`)
      : status >= 500
        ? form.failure(status, null)
        : form.invalid(error.message, error.param ?? null);
  // What a provider answers to an invalid request, unless the failure is more specific.
  const code = status === 400 ? refusal.status : status;
  void reply.status(code).type('application/json; charset=utf-8').send(refusal.text);
}
