import type { RequestReport, VideoReport } from '@lumenfall/ledger';
import { formatUsd, micros } from '@lumenfall/money';
import { costOf } from '@lumenfall/operator';
import { inColumns, indented, inTime } from '../columns.js';
import { problemsOf } from './diagnosis.js';
import { COST_BASIS, explainStatus, VIDEO_STATE } from './explanations.js';
import { formatAttempts, formatRoute } from './format-route.js';

const usd = (amount: number): string => formatUsd(micros(amount));

/** The report of a request as text for a terminal. */
export function formatReport(report: RequestReport, now = new Date()): string {
  const sections: [string, string[]][] = [
    [`${report.id}: ${report.status}${explainStatus(report)}`, formatRequest(report)],
    ['Route', formatRoute(report)],
    ['Attempts', formatAttempts(report)],
    ['Cost', formatCost(report)],
    ...(report.video ? [['Video', formatVideo(report.video)] satisfies [string, string[]]] : []),
  ];
  const problems = problemsOf(report, now);
  if (problems.length > 0) sections.push(['Problems', problems]);
  return sections.map(([title, lines]) => [title, ...indented(lines)].join('\n')).join('\n\n');
}

function formatRequest(report: RequestReport): string[] {
  const { organization, key, durationMs, endpoint, modality, model, executedModel, errorCode, errorMessage } = report;
  const took = durationMs === null ? '' : `, took ${inTime(durationMs)}`;
  const withKey = key === null ? 'a key that no longer exists' : `key "${key.name}" (ends in ${key.lastFour})`;
  const rows = [
    ['when', `${report.createdAt.toISOString()}${took}`],
    ['who', `organization ${organization.slug}, ${withKey}`],
    ['what', [endpoint, modality, model].map((part) => part ?? '-').join('  ')],
  ];
  if (executedModel !== null) rows.push([report.status === 'completed' ? 'answered by' : 'started by', executedModel]);
  if (errorCode !== null) rows.push(['error', `${errorCode}: ${errorMessage ?? ''}`]);
  return inColumns(rows);
}

function formatCost(report: RequestReport): string[] {
  const { basis, components } = costOf(report);
  const { charge, ledger, hold } = report;
  const lines = [`${usd(report.costMicros)}, ${COST_BASIS[basis]}`];
  const rows = components.map(({ type, metric, quantity, unit_price, total_cost }) => [
    type,
    `${quantity} ${metric}`,
    `x ${decimal(unit_price)} USD`,
    `= ${usd(total_cost)}`,
  ]);
  lines.push(...indented(inColumns(rows, new Set([1]))));
  if (charge?.price && charge.reportedCostUsd === null && components.length > 0) {
    lines.push(`price version ${charge.price.version}`);
  }
  if (charge?.marginPercent != null) lines.push(`includes the organization's margin of ${charge.marginPercent} %`);
  if (ledger.length === 0) lines.push('ledger: no entry');
  for (const entry of ledger) {
    lines.push(`ledger: entry ${entry.id}, ${entry.kind} ${usd(entry.amountMicros)}, ${entry.createdAt.toISOString()}`);
  }
  if (hold === null) lines.push('hold: none');
  else {
    const until = hold.state === 'held' ? `, reviewed at ${hold.expiresAt.toISOString()}` : '';
    lines.push(`hold: ${usd(hold.amountMicros)}, ${hold.state}${until}`);
  }
  return lines;
}

/** A small price without an exponent. */
const decimal = (price: number): string => price.toFixed(12).replace(/\.?0+$/, '');

function formatVideo(video: VideoReport): string[] {
  const { state, version, upstreamId, progress, pollCount, completedAt, output } = video;
  const rows = [
    ['state', `${state} (${VIDEO_STATE[state]}), after ${counted(version - 1, 'state change')}`],
    ['provider job', upstreamId ?? MISSING_JOB[state] ?? 'none: no provider has accepted it'],
    ['progress', `${progress} %, polled ${counted(pollCount, 'time')}`],
    ['estimate', usd(video.estimateMicros)],
  ];
  if (completedAt !== null) rows.push(['ended', completedAt.toISOString()]);
  else rows.push(['next step', video.nextActionAt.toISOString()], ['deadline', video.deadline.toISOString()]);
  if (output !== null) {
    rows.push(['file', `${output.contentType}, ${output.sizeBytes} bytes, until ${output.expiresAt.toISOString()}`]);
  }
  return inColumns(rows);
}

const MISSING_JOB: Partial<Record<VideoReport['state'], string>> = {
  submitting: 'none yet',
  unknown: 'not known: the provider may have it',
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
