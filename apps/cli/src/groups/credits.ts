import { entryKindSchema, type LedgerEntryView } from '@lumenfall/contracts';
import type { Page } from '@lumenfall/operator';
import { Option, type Command } from 'commander';
import { inColumns, inUsd } from '../columns.js';
import { nextPage, pageOf, type ListOptions, type RunOperation } from './run-operation.js';

interface CreditOptions {
  org: string;
  note?: string;
  reference?: string;
  json?: true;
}

export function addCreditCommands(program: Command, runOperation: RunOperation): void {
  const credits = program
    .command('credits')
    .description('add credit, correct a balance, list the entries of the ledger');

  const caused = (command: Command): Command =>
    command
      .argument('<usd>', 'an exact amount, at most six decimals')
      .requiredOption('--org <id>', 'id or slug of the organization')
      .option('--note <text>', 'shown with the ledger entry')
      .option('--reference <text>', 'names the cause, such as an invoice: with the same reference, it is added once')
      .option('--json', 'print one JSON object');

  caused(credits.command('add').description('add credit to a balance'))
    .addHelpText(
      'after',
      `
Examples:
  lumenfall credits add 50 --org default
  lumenfall credits add 12.50 --org acme --note "invoice 7" --reference inv-7`,
    )
    .action((amount: string, { org: organization, json, ...cause }: CreditOptions) =>
      runOperation('credits.add', { organization, amount, ...cause }, { json, format: formatEntry }),
    );

  caused(credits.command('adjust').description('correct a balance; a negative amount lowers it'))
    .addHelpText(
      'after',
      '\nExample:\n  lumenfall credits adjust -3.20 --org acme --note "charged twice by us on 12 May"',
    )
    .action((amount: string, { org: organization, json, ...cause }: CreditOptions) =>
      runOperation('credits.adjust', { organization, amount, ...cause }, { json, format: formatEntry }),
    );

  credits
    .command('list')
    .description('list the ledger entries of an organization, the newest first')
    .requiredOption('--org <id>', 'id or slug of the organization')
    .addOption(new Option('--type <type>', 'only these').choices(entryKindSchema.options))
    .option('--limit <n>', 'at most so many, 1 to 100')
    .option('--after <id>', 'the entries that are older than this one')
    .option('--json', 'print one JSON object')
    .action(({ org: organization, type, ...options }: ListOptions & { org: string; type?: string }) =>
      runOperation(
        'credits.list',
        { organization, type, ...pageOf(options) },
        { json: options.json, format: formatList },
      ),
    );
}

const formatEntry = ({ id, type, amount, balance_after, reference }: LedgerEntryView): string =>
  `${id}: ${type} ${inUsd(amount)}, the balance is now ${inUsd(balance_after)} (reference ${reference ?? '-'}).`;

function formatList(page: Page<LedgerEntryView>): string {
  const rows = page.data.map((entry) => [
    entry.id,
    entry.created_at,
    entry.type,
    inUsd(entry.amount),
    inUsd(entry.balance_after),
    entry.request_id ?? [entry.reference, entry.note].filter((text) => text !== null).join(': '),
  ]);
  const head = ['id', 'when', 'type', 'amount', 'balance', 'cause'];
  return [...inColumns([head, ...rows], new Set([3, 4])), ...nextPage(page)].join('\n');
}
