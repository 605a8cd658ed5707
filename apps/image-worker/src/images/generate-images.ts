import type { GeneratedImage } from '@lumenfall/contracts';
import {
  boundRun,
  HandedBack,
  recordDurably,
  ReplyStream,
  usageRecordOf,
  type BoundRun,
  type UsageSender,
} from '@lumenfall/execution';
import type { MediaStore } from '@lumenfall/media';
import type { ReplyOutbox, RunContext } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import {
  endOfStoppedImages,
  endWithImages,
  endWithoutImages,
  endWithoutInputs,
  type EndOfImages,
} from './end-of-images.js';
import { readInputs } from './read-inputs.js';
import { runImageRoute, type ImageJob, type ImageRoutePorts } from './run-image-route.js';
import { removeImages, storePictures } from './store-pictures.js';

export interface ImagePorts extends ImageRoutePorts {
  usage: UsageSender;
  outbox: Pick<ReplyOutbox, 'send'>;
  store: MediaStore;
  log: Logger;
}

/**
 * One run of an image request: images made and stored, then the record, then the answer. Rejects where the run is handed
 * back, and where the record could not be made: then no file is left and the client has not been told of any.
 */
export async function generateImages(job: ImageJob, context: RunContext, ports: ImagePorts): Promise<void> {
  const { facts, deadline, replyTo } = job;
  const { requestId } = facts;
  const bound = boundRun(context.signal, deadline);
  const onRetry = (error: unknown): void =>
    ports.log.warn({ err: error, requestId }, 'the queue did not take a message of an image');
  const reply = new ReplyStream({
    requestId,
    run: context.run,
    send: (message) => ports.outbox.send(replyTo, message),
    eager: true,
    windowMs: 0,
    until: deadline,
    onRetry,
  });
  let stored: GeneratedImage[] = [];
  try {
    const { work, part } = await carryOut(job, bound, ports, (images) => (stored = images));
    await recordDurably(ports.usage, usageRecordOf(facts, work, Date.now()), { until: deadline, onRetry });
    stored = [];
    if (!(await reply.end(part))) ports.log.warn({ requestId }, 'images are recorded, but did not reach the gateway');
  } finally {
    bound.release();
    reply.drop();
    await removeImages(ports.store, stored);
  }
}

async function carryOut(
  job: ImageJob,
  bound: BoundRun,
  ports: ImagePorts,
  onStored: (images: GeneratedImage[]) => void,
): Promise<EndOfImages> {
  const tooLate = Date.now() >= job.deadline ? 'timed-out' : bound.stopped();
  if (tooLate === 'handed-back') throw new HandedBack();
  if (tooLate !== null) return endOfStoppedImages(tooLate, null);
  const inputs = await readInputs(job.request, ports.store);
  if (inputs === null) return endWithoutInputs();
  const end = await runImageRoute(job, { ...ports, signal: bound.signal, inputs });
  const stopped = bound.stopped();
  // What is complete is delivered, also by a process that is about to leave.
  const complete = end.pictures.length >= job.request.n;
  if (stopped === 'handed-back' && !complete) throw new HandedBack();
  if (stopped === 'cancelled' || stopped === 'timed-out') return endOfStoppedImages(stopped, end);
  if (end.pictures.length === 0) return endWithoutImages(job, end);
  const images = await storePictures(ports.store, end.pictures, job.keepMs);
  onStored(images);
  return endWithImages(job, end, images);
}
