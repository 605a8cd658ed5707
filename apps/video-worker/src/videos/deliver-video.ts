import { RETENTION_MS, type PlannedOffering } from '@lumenfall/contracts';
import { HandedBack, ownFailure } from '@lumenfall/execution';
import type { ProviderReport } from '@lumenfall/metering';
import type { VideoRow } from '@lumenfall/videos';
import { sniffContentType, type ContentType } from '@lumenfall/media';
import type { MediaSource, ProviderEndpoint, ProviderFailure } from '@lumenfall/providers';
import { followUp } from './follow-up.js';
import { afterVerdict, completed, delivering, lookAgain } from './transitions.js';
import type { VideoPorts } from './video-ports.js';

const MOST_BYTES = 500 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 240_000;

/** Failures after which the same file may still be had; the others are the provider's word that it cannot. */
const WORTH_ANOTHER_FETCH: ReadonlySet<ProviderFailure['kind']> = new Set([
  'transient',
  'timeout',
  'rate',
  'ambiguous',
  'cancelled',
]);

/** Copies a finished video into our own store and ends the row: output, cost and usage record in one move. */
export async function deliverVideo(
  polled: VideoRow,
  offering: PlannedOffering,
  { source, ...report }: ProviderReport & { source: MediaSource },
  { endpoint, signal }: { endpoint: ProviderEndpoint; signal: AbortSignal },
  ports: VideoPorts,
): Promise<void> {
  const row = await ports.videos.move(polled, delivering(Date.now()));
  if (row === null) return;
  const fetched = await ports.fetchMedia(source, {
    endpoint,
    maxBytes: MOST_BYTES,
    timeoutMs: FETCH_TIMEOUT_MS,
    signal,
  });
  if (signal.aborted) throw new HandedBack();
  if (!fetched.ok) {
    const { failure } = fetched;
    const changes = WORTH_ANOTHER_FETCH.has(failure.kind)
      ? lookAgain(row, failure, Date.now())
      : afterVerdict(row, offering, { ...failure, kind: 'empty' }, Date.now());
    return followUp(await ports.videos.move(row, changes), ports);
  }
  const kind = await videoKind(fetched.value);
  if (kind === null) {
    const failure = ownFailure('empty', 'delivered a file that is not a video');
    return followUp(await ports.videos.move(row, afterVerdict(row, offering, failure, Date.now())), ports);
  }
  const expiresAt = Date.now() + RETENTION_MS[row.mediaRetention];
  const file = await ports.store.save(fetched.value, { ...kind, expiresAt });
  const ended = await ports.videos.move(row, completed(row, offering, file, report, Date.now()));
  // Cancelled meanwhile, or another worker was faster: nobody will ever ask for this file.
  if (ended === null) await ports.store.remove(file.name);
  await followUp(ended, ports);
}

async function videoKind(bytes: Uint8Array): Promise<ContentType | null> {
  const kind = await sniffContentType(bytes);
  return kind?.contentType.startsWith('video/') === true ? kind : null;
}
