import multipart from '@fastify/multipart';
import { listenShape, logShape, type ServiceDefinition } from '@lumenfall/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import { z } from 'zod';
import { SandboxContext } from './context.js';
import { ControlController } from './control.controller.js';
import { ErrorFilter } from './error-filter.js';
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
        app.useGlobalFilters(new ErrorFilter(log));
      },
      ready: async () => undefined,
      stop: [{ name: 'context', run: () => context.close() }],
    };
  },
};
