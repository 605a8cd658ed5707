import { isForOperator } from './configuration.js';
import { createLogger } from './logger.js';
import type { ServiceDefinition } from './service-definition.js';
import { startService } from './start-service.js';

/**
 * Runs a service as this process, configured by the environment, until SIGTERM, SIGINT or the end of a parent process
 * that opened a channel to it. SIGHUP reloads. An operator's mistake is one line on standard error and exit code 1.
 */
export async function serve<C>(definition: ServiceDefinition<C>): Promise<void> {
  // If the parent dies while the service starts, there is no work to finish.
  const abandon = (): never => process.exit(1);
  process.once('disconnect', abandon);
  try {
    const service = await startService(definition, process.env);
    const leave = async (): Promise<void> => {
      await service.close();
      process.exit(0);
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void leave());
    if (service.reload) process.on('SIGHUP', service.reload);
    process.off('disconnect', abandon);
    process.once('disconnect', () => void leave());
    // A bug outside every handler: log it and exit, so that the supervisor starts a clean process; queued work is
    // redelivered.
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        service.log.fatal({ err: error }, event);
        process.exit(70);
      });
    }
    process.send?.({ type: 'ready', url: service.url });
  } catch (error) {
    if (isForOperator(error)) process.stderr.write(`${definition.name}: ${error.message}\n`);
    else createLogger(definition.name).fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}
