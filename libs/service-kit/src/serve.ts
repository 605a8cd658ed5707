import { createLogger } from './logger.js';
import { isForOperator } from './operator-error.js';
import type { ServiceDefinition } from './service-definition.js';
import { startService } from './start-service.js';

/**
 * Runs a service as this process: from the environment until SIGTERM, SIGINT or the death of a parent that started it with a
 * channel. SIGHUP reloads what can be. An operator's mistake is one line on standard error and exit code 1.
 */
export async function serve<C>(definition: ServiceDefinition<C>): Promise<void> {
  try {
    const service = await startService(definition, process.env);
    const leave = async (): Promise<void> => {
      await service.stop();
      process.exit(0);
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void leave());
    if (service.reload) process.on('SIGHUP', service.reload);
    process.once('disconnect', () => void leave());
    // A bug that escaped every handler: say so and let whoever watches start a clean process; queued work is redelivered.
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
