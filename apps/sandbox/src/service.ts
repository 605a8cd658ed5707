import multipart from '@fastify/multipart';
import { listenShape, logShape, type ServiceDefinition } from '@lumenfall/service-kit';
import { z } from 'zod';
import { ErrorFilter } from './error-filter.js';
import { SandboxModule } from './sandbox.module.js';
import { Stage } from './stage.js';

const configurationSchema = z.object({ ...listenShape, ...logShape });

const MEGABYTE = 1024 * 1024;
/** Room for pictures that come as base64. */
const LARGEST_BODY = 128 * MEGABYTE;

/** Stands in for the providers. Holds no work worth waiting for: it stops at once, whatever is still being played. */
export const sandboxService: ServiceDefinition<z.infer<typeof configurationSchema>> = {
  name: 'sandbox',
  configuration: configurationSchema,
  async build({ configuration, log }) {
    const stage = new Stage();
    return {
      module: SandboxModule.on(stage),
      listen: { host: configuration.HOST, port: configuration.PORT },
      fastify: { bodyLimit: LARGEST_BODY, forceCloseConnections: true },
      async configure(app) {
        await app.register(multipart, { limits: { fileSize: 50 * MEGABYTE, files: 17, fieldSize: MEGABYTE } });
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onRequest', (request, reply, done) => {
            if (!/^\/(_sandbox|livez|readyz|metrics)/.test(request.url)) stage.journal.open(request, reply);
            done();
          });
        app.useGlobalFilters(new ErrorFilter(log));
      },
      ready: async () => undefined,
      stop: [{ name: 'stage', run: () => stage.close() }],
    };
  },
};
