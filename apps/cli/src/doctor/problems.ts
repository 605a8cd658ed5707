import { formatUsd, micros } from '@lumenfall/money';
import type { RequestReport } from '@lumenfall/ledger';
import { costOf } from './cost-of.js';

/** What an operator should do something about, one sentence each; none where all is as it should be. */
export function lookAt(story: RequestReport, now: Date): string[] {
  const { basis, chargedMicros } = costOf(story);
  const found: string[] = [];
  const refused = new Set(
    story.attempts.filter(({ failure }) => failure === 'auth').map((attempt) => attempt.credential),
  );
  for (const credential of refused)
    found.push(
      `The provider refused the key ${credential ?? 'that was used'}: renew it, or take it out of the configuration.`,
    );
  const before = new Set(
    story.choice?.order.filter(({ circuitState }) => circuitState === 'disabled').map(({ credential }) => credential),
  );
  for (const credential of before)
    if (!refused.has(credential))
      found.push(
        `The key ${credential ?? 'of one of the providers'} had been refused before: renew it, or take it out of the configuration.`,
      );
  if (story.attempts.length > 0 && story.attempts.every(({ failure }) => failure === 'rate'))
    found.push('Every provider was limiting us: a second key, or a higher limit there, would have helped.');
  if (basis === 'unpriced')
    found.push('Nothing was charged for what was delivered: its price is missing in the catalog.');
  if (story.recordedAt !== null && chargedMicros !== story.costMicros)
    found.push(
      `The ledger says ${formatUsd(micros(chargedMicros))}, the request ${formatUsd(micros(story.costMicros))}: they must be equal.`,
    );
  if (story.recordedAt !== null && story.hold?.state === 'held')
    found.push('Its hold was not settled with its record: it ends by itself when it expires.');
  if (story.video && story.recordedAt === null && story.video.completedAt !== null)
    found.push('The video has ended, but its usage is not recorded yet: is billing running?');
  if (story.video?.state === 'unknown' && story.video.nextActionAt >= story.video.deadline)
    found.push(
      'Its provider cannot be asked whether it has the video, or did not know: the video waits for its deadline, and its hold with it. Look for it in the account at the provider; deleting it here ends the wait.',
    );
  if (story.video && story.video.completedAt === null && story.video.nextActionAt < now)
    found.push('The next step of the video is overdue: is a video-worker running?');
  return found;
}
