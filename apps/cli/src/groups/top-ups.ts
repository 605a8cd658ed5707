import type { AutoTopUpView, TopUpView } from '@lumenfall/contracts';
import type { Page } from '@lumenfall/operator';
import type { Command } from 'commander';
import { inColumns, inUsd } from '../columns.js';
import { nextPage, pageOf, type ListOptions, type RunOperation } from './run-operation.js';

interface Named {
  org: string;
  json?: true;
}

export function addTopUpCommands(program: Command, runOperation: RunOperation): void {
  const topUps = program.command('topups').description('payments for credit, and when an account is topped up');

  const named = (command: Command): Command =>
    command.requiredOption('--org <id>', 'id or slug of the organization').option('--json', 'print one JSON object');

  named(topUps.command('list').description('list the top-ups of an organization, the newest first'))
    .option('--limit <n>', 'at most so many, 1 to 100')
    .option('--after <id>', 'the top-ups that are older than this one')
    .action(({ org: organization, ...options }: ListOptions & Named) =>
      runOperation('top_ups.list', { organization, ...pageOf(options) }, { json: options.json, format: formatList }),
    );

  named(topUps.command('complete <id>').description('add the credit: you have received the money')).action(
    (id: string, { org: organization, json }: Named) =>
      runOperation('top_ups.complete', { organization, top_up: id }, { json, format: formatTopUp }),
  );

  named(topUps.command('refuse <id>').description('end a top-up without credit'))
    .requiredOption('--reason <text>', 'shown to the customer')
    .action((id: string, { org: organization, reason, json }: Named & { reason: string }) =>
      runOperation('top_ups.refuse', { organization, top_up: id, reason }, { json, format: formatTopUp }),
    );

  named(topUps.command('auto').description('show or set automatic top-ups, which charge the saved card'))
    .option('--threshold <usd>', 'an available balance below this starts a top-up')
    .option('--amount <usd>', 'what is charged, in whole cents')
    .option('--max-per-day <n>', 'in any 24 hours, 1 to 100 (at first 3)')
    .option('--off', 'stop them')
    .addHelpText('after', '\nExample:\n  lumenfall topups auto --org acme --threshold 20 --amount 100')
    .action(({ org: organization, json, threshold, amount, maxPerDay, off }: Named & Record<string, string | true>) => {
      const changes = { threshold, amount, max_per_day: maxPerDay, ...(off === true && { enabled: false }) };
      const isShow = Object.values(changes).every((value) => value === undefined);
      return isShow
        ? runOperation('auto_top_up.show', { organization }, { json, format: formatSettings })
        : runOperation('auto_top_up.set', { organization, ...changes }, { json, format: formatSettings });
    });
}

const formatTopUp = ({ id, status, amount, failure_reason: reason }: TopUpView): string =>
  `${id}: ${inUsd(amount)}, ${status}${reason === null ? '' : ` (${reason})`}.`;

function formatList(page: Page<TopUpView>): string {
  const rows = page.data.map(({ id, created_at, type, amount, status, provider, failure_reason }) => [
    ...[id, created_at, type, inUsd(amount), status, provider, failure_reason ?? ''],
  ]);
  const head = ['id', 'when', 'type', 'amount', 'status', 'provider', 'failure'];
  return [...inColumns([head, ...rows], new Set([3])), ...nextPage(page)].join('\n');
}

function formatSettings(settings: AutoTopUpView): string {
  const {
    enabled,
    threshold,
    amount,
    max_per_day: maxPerDay,
    has_saved_card: hasCard,
    last_failure: failure,
  } = settings;
  if (!enabled || threshold === null || amount === null) return 'Automatic top-ups are off.';
  const lines = [`Below ${inUsd(threshold)} available: ${inUsd(amount)}, at most ${maxPerDay} in 24 hours.`];
  if (!hasCard) lines.push('No card is saved: each top-up fails until the customer has saved one, or waits for you.');
  if (failure !== null) lines.push(`The last one failed (${failure}); the next starts at ${settings.next_attempt_at}.`);
  return lines.join('\n');
}
