import type { AuditView } from '@lumenfall/operator';
import type { Command } from 'commander';
import { EXIT } from '../outcome.js';
import type { RunOperation } from './run-operation.js';

export function addAuditCommand(program: Command, runOperation: RunOperation): void {
  program
    .command('audit')
    .description('prove that each balance is the sum of its entries, and that each request was charged once')
    .option('--org <id>', 'only this organization (id or slug)')
    .option('--json', 'print one JSON object with the first hundred discrepancies')
    .addHelpText(
      'after',
      `
It reads one snapshot of the database, locks nothing and changes nothing. Exit code 1: it found a discrepancy.
Examples:
  lumenfall audit
  lumenfall audit --org acme --json`,
    )
    .action(({ org: organization, json }: { org?: string; json?: true }) =>
      runOperation(
        'audit',
        { organization },
        { json, format, code: ({ found }) => (found === 0 ? EXIT.done : EXIT.failed) },
      ),
    );
}

function format({ at, checked, found, discrepancies: [first] }: AuditView): string {
  const counts = Object.entries(checked).map(([what, count]) => `${count} ${what}`);
  const scope = `${counts.slice(0, -1).join(', ')} and ${counts.at(-1) ?? ''} as of ${at}`;
  if (first === undefined) return `The ledger is right: checked ${scope}.`;
  const subject = [first.organization_id, first.request_id].filter((id) => id !== null).join(', ');
  return [
    `${first.check}: ${first.message} (${subject})`,
    `Found ${found} ${found === 1 ? 'discrepancy' : 'discrepancies'} in ${scope}.`,
  ].join('\n');
}
