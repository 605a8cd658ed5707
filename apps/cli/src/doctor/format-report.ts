import { formatUsd, micros } from '@lumenfall/money';
import type { RequestReport } from '@lumenfall/ledger';
import { inColumns, indented, inTime } from '../columns.js';
import { costOf } from './cost-of.js';
import { lookAt } from './problems.js';
import { tellAttempts } from './format-attempts.js';
import { tellRoute } from './format-route.js';
import { tellVideo } from './format-video.js';
import { BASIS, whatCameOfIt } from './explanations.js';

const usd = (amount: number): string => formatUsd(micros(amount));

/** The whole story of a request, for a person. @param now of whoever asks */
export function tellStory(story: RequestReport, now = new Date()): string {
  const sections: [string, string[]][] = [
    [`${story.id}: ${story.status}${whatCameOfIt(story)}`, tellRequest(story)],
    ['Route', tellRoute(story)],
    ['Attempts', tellAttempts(story)],
    ['Cost', tellCost(story)],
    ...(story.video ? [['Video', tellVideo(story.video)] satisfies [string, string[]]] : []),
  ];
  const problems = lookAt(story, now);
  if (problems.length > 0) sections.push(['Look at', problems]);
  return sections.map(([title, lines]) => [title, ...indented(lines)].join('\n')).join('\n\n');
}

function tellRequest(story: RequestReport): string[] {
  const { organization, key, durationMs, endpoint, modality, model, executedModel, errorCode, errorMessage } = story;
  const took = durationMs === null ? '' : `, took ${inTime(durationMs)}`;
  const withKey = key === null ? 'a key that is not known any more' : `key "${key.name}" (ends in ${key.lastFour})`;
  const rows = [
    ['when', `${story.createdAt.toISOString()}${took}`],
    ['who', `organization ${organization.slug}, ${withKey}`],
    ['what', [endpoint, modality, model].map((part) => part ?? '-').join('  ')],
  ];
  if (executedModel !== null) rows.push([story.status === 'completed' ? 'answered by' : 'begun by', executedModel]);
  if (errorCode !== null) rows.push(['error', `${errorCode}: ${errorMessage ?? ''}`]);
  return inColumns(rows);
}

function tellCost(story: RequestReport): string[] {
  const { basis, components } = costOf(story);
  const { charge, ledger, hold } = story;
  const lines = [`${usd(story.costMicros)}, ${BASIS[basis]}`];
  lines.push(
    ...indented(
      inColumns(
        components.map(({ type, metric, quantity, unit_price, total_cost }) => [
          type,
          `${quantity} ${metric}`,
          `x ${decimal(unit_price)} USD`,
          `= ${usd(total_cost)}`,
        ]),
        new Set([1]),
      ),
    ),
  );
  if (charge?.price && charge.reportedCostUsd === null && components.length > 0)
    lines.push(`price version ${charge.price.version}`);
  if (ledger.length === 0) lines.push('ledger: no entry');
  for (const entry of ledger)
    lines.push(`ledger: entry ${entry.id}, ${entry.kind} ${usd(entry.amountMicros)}, ${entry.createdAt.toISOString()}`);
  if (hold === null) lines.push('hold: none was taken');
  else {
    const until = hold.state === 'held' ? ` until ${hold.expiresAt.toISOString()}` : '';
    lines.push(`hold: ${usd(hold.amountMicros)}, ${hold.state}${until}`);
  }
  return lines;
}

/** Small prices without an exponent. */
const decimal = (price: number): string => price.toFixed(12).replace(/\.?0+$/, '');
