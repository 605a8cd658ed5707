import type { EntryView } from '@lumenfall/operator';
import type { Command } from 'commander';
import { inUsd } from '../columns.js';
import type { RunOperation } from './run-operation.js';

interface CreditOptions {
  org: string;
  note?: string;
  reference?: string;
  json?: true;
}

export function addCreditCommands(program: Command, runOperation: RunOperation): void {
  const credits = program.command('credits').description('add credit, correct a balance');

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
}

const formatEntry = ({ id, kind, amount, balance_after, reference }: EntryView): string =>
  `Ledger entry ${id}: ${kind} ${inUsd(amount)}, the balance is now ${inUsd(balance_after)} (reference ${reference ?? '-'}).`;
