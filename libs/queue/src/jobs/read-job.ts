import { JOBS } from '@lumenfall/contracts';
import type { JobDefinition, JobName } from '@lumenfall/contracts';
import type { Envelope } from '../backend.js';
import type { JobHandlers, RunContext } from '../engine.js';

export interface ReadableJob {
  definition: JobDefinition;
  run(context: RunContext): Promise<void>;
}

/** The definition, handler and parsed payload of a job; a string says why this process cannot run it. */
export function readJob(name: string, envelope: Envelope, handlers: JobHandlers): ReadableJob | string {
  if (!isJobName(name)) return `unknown job "${name}"`;
  const definition: JobDefinition = JOBS[name];
  if (envelope.v !== definition.version) {
    return `version ${String(envelope.v)} of job "${name}", this worker knows ${definition.version}`;
  }
  // The catalogue ties payload and handler of one name together; TypeScript cannot follow that through a lookup.
  const handler = handlers[name] as ((payload: unknown, context: RunContext) => Promise<void>) | undefined;
  if (handler === undefined) return `no handler for job "${name}"`;
  const payload = definition.payload.safeParse(envelope.payload);
  if (!payload.success) {
    // Paths and codes only: messages may quote what the payload holds.
    const where = payload.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`).join(', ');
    return `unreadable payload of job "${name}": ${where}`;
  }
  return { definition, run: (context) => handler(payload.data, context) };
}

function isJobName(name: string): name is JobName {
  return Object.hasOwn(JOBS, name);
}
