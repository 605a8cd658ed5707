import type { ActionView, Page } from '@lumenfall/operator';
import type { Command } from 'commander';
import { inColumns } from '../columns.js';
import { nextPage, pageOf, type ListOptions, type RunOperation } from './run-operation.js';

export function addActionCommands(program: Command, runOperation: RunOperation): void {
  program
    .command('actions')
    .description('list what operators changed, the newest first')
    .option('--org <id>', 'only of this organization (id or slug)')
    .option('--limit <n>', 'at most so many, 1 to 100')
    .option('--after <id>', 'the actions that are older than this one')
    .option('--json', 'print one JSON object')
    .action(({ org: organization, ...options }: ListOptions & { org?: string }) =>
      runOperation('actions.list', { organization, ...pageOf(options) }, { json: options.json, format: formatList }),
    );
}

function formatList(page: Page<ActionView>): string {
  const rows = page.data.map(({ id, created_at, source, action, outcome, parameters }) => [
    id,
    created_at,
    source,
    action,
    outcome,
    JSON.stringify(parameters),
  ]);
  return [...inColumns([['id', 'when', 'by', 'action', 'outcome', 'parameters'], ...rows]), ...nextPage(page)].join(
    '\n',
  );
}
