import { randomUUID } from 'node:crypto';
import { PLAIN } from '../directives/behaviour.js';
import type { Call } from '../exchange/call.js';
import type { JobFile } from '../jobs/job.js';
import type { Stage } from '../stage.js';

/** Where the sandbox serves a job's file, as the client that asked can reach it. */
export const jobFileUrl = (call: Call, jobId: string, extension: string): string =>
  `${call.origin}/files/${jobId}.${extension}`;

/** Puts a file that belongs to no job behind an address of its own. */
export function fileUrl(
  call: Call,
  stage: Stage,
  file: { model: string; prompt: string; extension: string; make(): Promise<JobFile> },
): string {
  const { model, prompt, make, extension } = file;
  const id = randomUUID();
  stage.jobs.open(id, { provider: call.provider, model, prompt, make, eager: false }, PLAIN);
  return jobFileUrl(call, id, extension);
}
