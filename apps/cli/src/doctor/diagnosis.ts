import type { RequestReport } from '@lumenfall/ledger';
import { formatUsd, micros } from '@lumenfall/money';
import { costOf } from '@lumenfall/operator';

/** What the operator should act on, one sentence each; empty if nothing is wrong. */
export function problemsOf(report: RequestReport, now: Date): string[] {
  const { attempts, choice, hold, video, recordedAt, costMicros } = report;
  const { basis, chargedMicros } = costOf(report);
  const problems: string[] = [];
  const refused = new Set(attempts.filter(({ failure }) => failure === 'auth').map(({ credential }) => credential));
  for (const credential of refused) {
    problems.push(`The provider refused the key ${credential ?? 'that was used'}: renew it or remove it.`);
  }
  const disabled = (choice?.order ?? []).filter(({ circuitState }) => circuitState === 'disabled');
  for (const credential of new Set(disabled.map((candidate) => candidate.credential))) {
    if (refused.has(credential)) continue;
    problems.push(`The key ${credential ?? 'of a provider'} was refused by earlier calls: renew it or remove it.`);
  }
  if (attempts.length > 0 && attempts.every(({ failure }) => failure === 'rate')) {
    problems.push('Every call reached a rate limit: add a second key, or ask the provider for a higher limit.');
  }
  if (basis === 'unpriced') {
    problems.push('The delivered usage was not charged: add its price to the catalog.');
  }
  if (recordedAt !== null && chargedMicros !== costMicros) {
    const [ledger, request] = [chargedMicros, costMicros].map((amount) => formatUsd(micros(amount)));
    problems.push(
      `The ledger charged ${ledger}, but the request cost ${request}: they must be equal. Report this bug.`,
    );
  }
  if (recordedAt !== null && hold?.state === 'held') {
    problems.push('The hold was not settled with the usage record; the next review ends it.');
  }
  if (video && recordedAt === null && video.completedAt !== null) {
    problems.push('The video has ended, but its usage is not recorded yet: check that billing is running.');
  }
  if (video?.state === 'unknown' && video.nextActionAt >= video.deadline) {
    problems.push(
      'The provider cannot say whether it has the video, which waits, with its hold, until its deadline. ' +
        'Look for it in your account at the provider; deleting the video here ends the wait.',
    );
  }
  if (video && video.completedAt === null && video.nextActionAt < now) {
    problems.push('The next step of the video is overdue: check that a video-worker is running.');
  }
  return problems;
}
