import type { Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { FieldProblem, Media } from '../rendering/media.js';
import type { Job, JobOrder } from './jobs.js';

interface Submitted {
  id: string;
  model: string;
  prompt: string;
  makes: 'image' | 'video';
  input: Readonly<Record<string, unknown>>;
}

/**
 * Accepts a job, or refuses it as its prompt directs or its input requires.
 *
 * @param plan what the input asks for
 * @param show the protocol's answer to the submit
 */
export async function acceptJob(
  call: Call,
  { id, model, prompt, makes, input }: Submitted,
  plan: () => Media | FieldProblem | Promise<Media | FieldProblem>,
  show: (job: Job) => Answer | Promise<Answer>,
): Promise<Answer> {
  const behaviour = call.behave({ operation: 'submit', prompt, model, makes });
  // Without `at=submit` a latency is the job's, not the submit's.
  const refusal = await call.apply(behaviour, behaviour.latencyAt !== null);
  if (refusal !== null) return refusal;
  const media = await plan();
  if ('field' in media) return call.refuse.invalid(media.message, media.field);
  return show(call.context.jobs.open(id, { provider: call.provider, model, prompt, input, media }, behaviour));
}

/**
 * Answers a call about a job; a poll advances it.
 *
 * @param show the protocol's answer
 * @param unknown the answer if there is no such job
 */
export async function askJob(
  call: Call,
  id: string,
  operation: 'poll' | 'result' | 'cancel',
  show: (job: Job) => Answer | Promise<Answer>,
  unknown: () => Answer = () => call.refuse.notFound('The requested resource'),
): Promise<Answer> {
  const job = call.context.jobs.find(call.provider, id);
  if (job === undefined) {
    call.note({ operation });
    return unknown();
  }
  const { prompt, model, media } = job.order;
  if (operation === 'cancel') {
    call.note({ operation, prompt, model });
    return show(job);
  }
  const makes = media.extension === 'mp4' ? 'video' : 'image';
  const behaviour = call.behave({ operation, prompt, model, makes, moment: operation });
  const refusal = await call.apply(behaviour);
  if (refusal !== null) return refusal;
  if (operation === 'poll') job.poll();
  return show(job);
}

/** Where the sandbox serves a file, as this client can reach it. */
export const fileUrl = (call: Call, id: string, extension: string): string => `${call.origin}/files/${id}.${extension}`;

/** Addresses of what a job made, as many as it was asked for. */
export const fileUrls = (call: Call, { id, order: { media } }: Job): string[] =>
  Array.from({ length: media.count }, () => fileUrl(call, id, media.extension));

/** A file, from the order that it was made by. */
export async function sendFile(call: Call, { prompt, model, media }: JobOrder): Promise<Answer> {
  const behaviour = call.behave({ operation: 'file', prompt, model, makes: 'image', moment: 'file' });
  return (await call.apply(behaviour)) ?? { kind: 'bytes', ...(await media.make()) };
}
