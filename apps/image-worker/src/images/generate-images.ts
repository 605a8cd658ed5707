import type { GeneratedImage } from '@lumenfall/contracts';
import {
  boundRun,
  HandedBack,
  persistently,
  recordDurably,
  ReplyStream,
  type BoundRun,
  type PersistOptions,
  type UsageSender,
} from '@lumenfall/execution';
import { usageRecordOf } from '@lumenfall/metering';
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
import { keepEnd, wordsOf, type ImageRuns, type ImageWords, type LastPart } from './keep-end.js';
import { readInputs } from './read-inputs.js';
import { runImageRoute, type ImageJob, type ImageRoutePorts } from './run-image-route.js';
import { removeImages, storePictures } from './store-pictures.js';

export interface ImagePorts extends ImageRoutePorts {
  runs: ImageRuns;
  usage: UsageSender;
  outbox: Pick<ReplyOutbox, 'send'>;
  store: MediaStore;
  log: Logger;
}

/**
 * One run of an image request: images made and stored, then its end in the database, then the record, then the answer. A process
 * that dies leaves this to the next run, which finds how far it came: once the end is in the database, nothing is made again.
 * Rejects where the run is handed back, and where the end or the record could not be made durable.
 */
export async function generateImages(job: ImageJob, context: RunContext, ports: ImagePorts): Promise<void> {
  const { requestContext, deadline, replyTo } = job;
  const { requestId } = requestContext;
  const bound = boundRun(context.signal, deadline);
  const onRetry = (error: unknown): void =>
    ports.log.warn({ err: error, requestId }, 'a step at the end of an image request is tried again');
  const reply = new ReplyStream({
    requestId,
    run: context.run,
    send: (message) => ports.outbox.send(replyTo, message),
    eager: true,
    windowMs: 0,
    until: deadline,
    onRetry,
  });
  const trying = { until: deadline, onRetry };
  /** Files that no answer will ever name. */
  let unnamed: GeneratedImage[] = [];
  try {
    let words = context.run > 1 ? await earlierWords(job, ports, trying) : null;
    if (words === null) {
      const made = wordsAt(job, await carryOut(job, bound, ports, (images) => (unnamed = images)));
      const stored = unnamed;
      // If the write succeeds but its confirmation is lost, the row names the files: they must stay.
      unnamed = [];
      words = (await persistently(() => keepEnd(ports.runs, requestId, made), trying)) ?? withdrawn(job, made);
      unnamed = without(stored, words.part);
    }
    if (words.usage !== null) await recordDurably(ports.usage, words.usage, trying);
    if (!(await reply.end(words.part)))
      ports.log.warn({ requestId }, 'images are recorded, but did not reach the gateway');
  } finally {
    bound.release();
    reply.drop();
    await removeImages(ports.store, unnamed);
  }
}

/** How an earlier run of the same job ended, whose process died then. Null: it did not. */
async function earlierWords(job: ImageJob, { runs }: ImagePorts, trying: PersistOptions): Promise<ImageWords | null> {
  const ended = await persistently(() => runs.endOf(job.requestContext.requestId), trying);
  if (ended === null) return withdrawn(job, null);
  return ended === 'running' ? null : wordsOf(ended);
}

/**
 * The outcome of a run without a row, which its gateway or a repeat has withdrawn. Images that were made are not delivered and not
 * charged; an error, such as a cancellation, stands.
 */
const withdrawn = (job: ImageJob, made: ImageWords | null): ImageWords =>
  made?.part.type === 'error' ? made : wordsAt(job, endOfStoppedImages('cancelled', null));

const wordsAt = ({ requestContext }: ImageJob, { work, part }: EndOfImages): ImageWords => ({
  usage: usageRecordOf(requestContext, work, Date.now()),
  part,
});

function without(images: readonly GeneratedImage[], part: LastPart): GeneratedImage[] {
  const named = part.type === 'images' ? part.images.map(({ file }) => file.name) : [];
  return images.filter(({ file }) => !named.includes(file.name));
}

async function carryOut(
  job: ImageJob,
  bound: BoundRun,
  ports: ImagePorts,
  onStored: (images: GeneratedImage[]) => void,
): Promise<EndOfImages> {
  const tooLate = Date.now() >= job.deadline ? 'timed-out' : bound.abortReason();
  if (tooLate === 'handed-back') throw new HandedBack();
  if (tooLate !== null) return endOfStoppedImages(tooLate, null);
  const inputs = await readInputs(job.request, ports.store);
  if (inputs === null) return endWithoutInputs();
  const end = await runImageRoute(job, { ...ports, signal: bound.signal, inputs });
  const stopped = bound.abortReason();
  // What is complete is delivered, also by a process that is about to leave.
  const complete = end.pictures.length >= job.request.n;
  if (stopped === 'handed-back' && !complete) throw new HandedBack();
  if (stopped === 'cancelled' || stopped === 'timed-out') return endOfStoppedImages(stopped, end);
  if (end.pictures.length === 0) return endWithoutImages(job, end);
  const images = await storePictures(ports.store, end.pictures, job.keepMs);
  onStored(images);
  return endWithImages(job, end, images);
}
