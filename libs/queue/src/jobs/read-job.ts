import { JOBS, type JobDefinition, type JobName, type QueueName } from '@lumenfall/contracts';
import type { Envelope } from '../backend.js';
import type { JobHandlers, RunContext } from '../engine.js';
import { EngineRefused } from '../queue-errors.js';

export interface ReadableJob {
  definition: JobDefinition;
  run(context: RunContext): Promise<void>;
}

/** The definition of a job and its handler with the parsed payload; a string says why this process cannot run it. */
export function readJob(name: string, envelope: Envelope, handlers: JobHandlers): ReadableJob | string {
  if (!isJobName(name)) return `unknown job "${name}"`;
  const definition: JobDefinition = JOBS[name];
  if (envelope.v !== definition.version) {
    return `version ${String(envelope.v)} of job "${name}", this worker knows ${definition.version}`;
  }
  // The catalogue relates payload and handler of a name; TypeScript cannot follow that through a lookup.
  const handler = handlers[name] as ((payload: unknown, context: RunContext) => Promise<void>) | undefined;
  if (handler === undefined) return `no handler for job "${name}"`;
  const payload = definition.payload.safeParse(envelope.payload);
  if (!payload.success) {
    // Paths and codes only: messages may quote the payload.
    const where = payload.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`).join(', ');
    return `unreadable payload of job "${name}": ${where}`;
  }
  return { definition, run: (context) => handler(payload.data, context) };
}

function isJobName(name: string): name is JobName {
  return Object.hasOwn(JOBS, name);
}

/** Throws `EngineRefused` if a job of the queue has no handler: such jobs would be given up one by one. */
export function assertHandled(queue: QueueName, handlers: JobHandlers): void {
  const missing = Object.entries(JOBS).filter(([name, job]) => job.queue === queue && !Object.hasOwn(handlers, name));
  if (missing.length === 0) return;
  const names = missing.map(([name]) => `"${name}"`).join(', ');
  throw new EngineRefused(`This worker takes jobs of the queue "${queue}" but has no handler for ${names}.`);
}
