import { RETENTION_MS, type PlannedOffering, type VideoHandle } from '@lumenfall/contracts';
import { callContextOf, HandedBack, ownFailure } from '@lumenfall/execution';
import { measureVideo, sniffContentType, type ContentType } from '@lumenfall/media';
import type { ProviderReport } from '@lumenfall/metering';
import type { MediaSource, ProviderEndpoint, ProviderFailure } from '@lumenfall/providers';
import type { VideoRow } from '@lumenfall/videos';
import { afterVerdict, completed, delivering, pollAgain, stillRunning } from './transitions.js';
import { clientOfVideo, reportHealth } from './upstream.js';
import { followUp, moveOn, moveVideo, type VideoPorts } from './video-moves.js';

const MAX_BYTES = 500 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 240_000;

/** Failures after which the file may be fetched again; any other failure means that the provider has no file. */
const WORTH_ANOTHER_FETCH: ReadonlySet<ProviderFailure['kind']> = new Set([
  'transient',
  'timeout',
  'rate',
  'ambiguous',
  'cancelled',
]);

/** Asks the provider for the state of a video and moves the row accordingly. A failed poll never fails the video. */
export async function pollVideo(
  row: VideoRow,
  { offering, handle }: { offering: PlannedOffering; handle: VideoHandle },
  signal: AbortSignal,
  ports: VideoPorts,
): Promise<void> {
  const client = clientOfVideo(row, offering, ports);
  if (client === null) {
    const { provider } = offering;
    ports.log.error({ requestId: row.requestId, provider }, 'a video runs at a provider without a credential here');
    // Another worker may have the credential.
    await moveOn(row, pollAgain(row, ownFailure('auth', 'not configured here'), Date.now()), ports);
    return;
  }
  const context = callContextOf(row.requestContext, offering, client.endpoint, { limits: ports.limits.poll, signal });
  const polled = await client.adapter.poll(handle, context);
  if (signal.aborted) throw new HandedBack();
  if (!polled.ok) {
    // A failed poll says nothing about the offering, but a refused credential is refused for all calls.
    if (polled.error.kind === 'auth') reportHealth(row, offering, polled.error, ports);
    await moveOn(row, pollAgain(row, polled.error, Date.now()), ports);
    return;
  }
  const answer = polled.value;
  switch (answer.state) {
    case 'running':
      await moveOn(row, stillRunning(row, answer.progress, Date.now()), ports);
      return;
    case 'failed':
      reportHealth(row, offering, answer.failure, ports);
      await moveOn(row, afterVerdict(row, offering, answer.failure, Date.now()), ports);
      return;
    case 'succeeded':
      return deliverVideo(row, offering, answer, { endpoint: client.endpoint, signal }, ports);
  }
}

/** Copies a finished video into the media store and completes the row: output, cost and usage record in one move. */
async function deliverVideo(
  polled: VideoRow,
  offering: PlannedOffering,
  { source, ...report }: ProviderReport & { source: MediaSource },
  { endpoint, signal }: { endpoint: ProviderEndpoint; signal: AbortSignal },
  ports: VideoPorts,
): Promise<void> {
  const row = await moveVideo(polled, delivering(Date.now()), ports);
  if (row === null) return;
  const limits = { endpoint, maxBytes: MAX_BYTES, timeoutMs: FETCH_TIMEOUT_MS, signal };
  const fetched = await ports.fetchMedia(source, limits);
  if (signal.aborted) throw new HandedBack();
  if (!fetched.ok) {
    const { error } = fetched;
    const changes = WORTH_ANOTHER_FETCH.has(error.kind)
      ? pollAgain(row, error, Date.now())
      : afterVerdict(row, offering, { ...error, kind: 'empty' }, Date.now());
    await moveOn(row, changes, ports);
    return;
  }
  const kind = await videoKind(fetched.value);
  if (kind === null) {
    const failure = ownFailure('empty', 'delivered a file that is not a video');
    await moveOn(row, afterVerdict(row, offering, failure, Date.now()), ports);
    return;
  }
  const expiresAt = Date.now() + RETENTION_MS[row.mediaRetention];
  const file = await ports.store.save(fetched.value, { ...kind, expiresAt });
  const measured = measureVideo(fetched.value) ?? { durationSeconds: null, width: null, height: null };
  const output = { ...file, ...measured };
  const ended = await moveVideo(row, completed(row, offering, output, report, Date.now()), ports);
  // The video was cancelled, or another worker was faster: no row names this file.
  if (ended === null) await ports.store.remove(file.name);
  else await followUp(ended, ports);
}

async function videoKind(bytes: Uint8Array): Promise<ContentType | null> {
  const kind = await sniffContentType(bytes);
  return kind?.contentType.startsWith('video/') === true ? kind : null;
}
