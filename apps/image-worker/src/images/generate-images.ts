import type { GeneratedImage } from '@lumenfall/contracts';
import {
  boundRun,
  HandedBack,
  persistently,
  recordDurably,
  ReplyStream,
  type BoundRun,
  type PersistOptions,
} from '@lumenfall/execution';
import type { MediaStore } from '@lumenfall/media';
import { usageRecordOf } from '@lumenfall/metering';
import type { ReplyOutbox, RunContext, UsageAppender } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { readInputs, removeImages, storeImages } from './image-files.js';
import {
  outcomeOfAbort,
  outcomeWithImages,
  outcomeWithoutImages,
  outcomeWithoutInputs,
  storedOutcomeOf,
  storeOutcome,
  type ImageOutcome,
  type ImageRuns,
  type LastPart,
  type StoredOutcome,
} from './image-outcome.js';
import { runImageRoute, type ImageJob, type ImageRoutePorts } from './image-route.js';

export interface ImagePorts extends ImageRoutePorts {
  runs: ImageRuns;
  usage: UsageAppender;
  outbox: Pick<ReplyOutbox, 'send'>;
  store: MediaStore;
  log: Logger;
}

/**
 * One run of an image request: makes and stores the images, stores the outcome in the run's row, records the usage,
 * then sends the last part. If the process dies, the next run continues: once the outcome is stored, no image is made
 * again. Rejects if the run is handed back, or if the outcome or the record could not be made durable.
 */
export async function generateImages(job: ImageJob, context: RunContext, ports: ImagePorts): Promise<void> {
  const { requestContext, deadline, replyTo } = job;
  const { requestId } = requestContext;
  const bound = boundRun(context.signal, deadline);
  const onRetry = (error: unknown): void =>
    ports.log.warn({ err: error, requestId }, 'ending an image request failed; repersist');
  const reply = new ReplyStream({
    requestId,
    run: context.run,
    send: (message) => ports.outbox.send(replyTo, message),
    eager: true,
    windowMs: 0,
    until: deadline,
    onRetry,
  });
  const persist = { until: deadline, onRetry };
  /** Files that no answer names. */
  let unnamed: GeneratedImage[] = [];
  try {
    let outcome = context.run > 1 ? await outcomeOfEarlierRun(job, ports, persist) : null;
    if (outcome === null) {
      const made = toStored(job, await run(job, bound, ports, (images) => (unnamed = images)));
      const stored = unnamed;
      // If the write succeeds but its confirmation is lost, the row names the files: they must stay.
      unnamed = [];
      outcome = (await persistently(() => storeOutcome(ports.runs, requestId, made), persist)) ?? withdrawn(job, made);
      unnamed = without(stored, outcome.part);
    }
    if (outcome.usage !== null) await recordDurably(ports.usage, outcome.usage, persist);
    if (!(await reply.end(outcome.part)))
      ports.log.warn({ requestId }, 'the images are recorded, but the last part did not reach the gateway');
  } finally {
    bound.release();
    reply.drop();
    await removeImages(ports.store, unnamed);
  }
}

/** The stored outcome of an earlier run whose process died afterwards; null if it stored none. */
async function outcomeOfEarlierRun(
  job: ImageJob,
  { runs }: ImagePorts,
  persist: PersistOptions,
): Promise<StoredOutcome | null> {
  const ended = await persistently(() => runs.endOf(job.requestContext.requestId), persist);
  if (ended === null) return withdrawn(job, null);
  return ended === 'running' ? null : storedOutcomeOf(ended);
}

/**
 * The outcome of a run without a row, which its gateway or an idempotent replay has withdrawn. Images that were made
 * are neither delivered nor charged; an error, such as a cancellation, is kept.
 */
const withdrawn = (job: ImageJob, made: StoredOutcome | null): StoredOutcome =>
  made?.part.type === 'error' ? made : toStored(job, outcomeOfAbort('cancelled', null));

const toStored = ({ requestContext }: ImageJob, { work, part }: ImageOutcome): StoredOutcome => ({
  usage: usageRecordOf(requestContext, work, Date.now()),
  part,
});

function without(images: readonly GeneratedImage[], part: LastPart): GeneratedImage[] {
  const named = part.type === 'images' ? part.images.map(({ file }) => file.name) : [];
  return images.filter(({ file }) => !named.includes(file.name));
}

async function run(
  job: ImageJob,
  bound: BoundRun,
  ports: ImagePorts,
  onStored: (images: GeneratedImage[]) => void,
): Promise<ImageOutcome> {
  const unstarted = Date.now() >= job.deadline ? 'timed-out' : bound.abortReason();
  if (unstarted === 'handed-back') throw new HandedBack();
  if (unstarted !== null) return outcomeOfAbort(unstarted, null);
  const inputs = await readInputs(job.request, ports.store);
  if (inputs === null) return outcomeWithoutInputs();
  const result = await runImageRoute(job, { ...ports, signal: bound.signal, inputs });
  const abortReason = bound.abortReason();
  // A complete result is delivered, even at shutdown.
  const isComplete = result.images.length >= job.request.n;
  if (abortReason === 'handed-back' && !isComplete) throw new HandedBack();
  if (abortReason === 'cancelled' || abortReason === 'timed-out') return outcomeOfAbort(abortReason, result);
  if (result.images.length === 0) return outcomeWithoutImages(job, result);
  const images = await storeImages(ports.store, result.images, job.keepMs);
  onStored(images);
  return outcomeWithImages(job, result, images);
}
