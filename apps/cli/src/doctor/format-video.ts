import type { VideoReport } from '@lumenfall/ledger';
import { formatUsd, micros } from '@lumenfall/money';
import { inColumns } from '../columns.js';

const STATES: Readonly<Record<VideoReport['state'], string>> = {
  queued: 'waits to be submitted',
  submitting: 'is being submitted',
  submitted: 'accepted by the provider',
  running: 'the provider is at work',
  unknown: 'nobody saw the end of its submission, so it is looked for and not submitted again',
  completed: 'delivered',
  failed: 'not delivered',
  cancelled: 'deleted before its end',
};
const HANDLE_OF: Partial<Record<VideoReport['state'], string>> = {
  submitting: 'none yet',
  unknown: 'not known: the provider may have it all the same',
};

const inTimes = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export function tellVideo(video: VideoReport): string[] {
  const { state, version, upstreamId, progress, pollCount, completedAt, output } = video;
  const rows = [
    ['state', `${state} (${STATES[state]}), after ${inTimes(version - 1, 'move')}`],
    ['handle', upstreamId ?? HANDLE_OF[state] ?? 'none: no provider has accepted it'],
    ['progress', `${progress} %, asked about ${inTimes(pollCount, 'time')}`],
    ['estimate', formatUsd(micros(video.estimateMicros))],
  ];
  if (completedAt !== null) rows.push(['ended', completedAt.toISOString()]);
  else rows.push(['next step', video.nextActionAt.toISOString()], ['given up at', video.deadline.toISOString()]);
  if (output !== null)
    rows.push(['file', `${output.contentType}, ${output.sizeBytes} bytes, until ${output.expiresAt.toISOString()}`]);
  return inColumns(rows);
}
