import type { VideoStory } from '@lumenfall/database';
import { formatUsd, micros } from '@lumenfall/money';
import { inColumns } from '../columns.js';

export function tellVideo(video: VideoStory): string[] {
  const { state, version, upstreamId, progress, pollCount, completedAt, output } = video;
  const rows = [
    ['state', `${state}, after ${version - 1} moves`],
    ['handle', upstreamId ?? 'none: no provider has accepted it'],
    ['progress', `${progress} %, asked about ${pollCount} times`],
    ['estimate', formatUsd(micros(video.estimateMicros))],
  ];
  if (completedAt !== null) rows.push(['ended', completedAt.toISOString()]);
  else rows.push(['next step', video.nextActionAt.toISOString()], ['given up at', video.deadline.toISOString()]);
  if (output !== null)
    rows.push(['file', `${output.contentType}, ${output.sizeBytes} bytes, until ${output.expiresAt.toISOString()}`]);
  return inColumns(rows);
}
