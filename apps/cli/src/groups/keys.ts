import type { CreatedKey, KeyView, Page } from '@lumenfall/operator';
import { Option, type Command } from 'commander';
import { inColumns, indented } from '../columns.js';
import { inLimits, limitsOf, withLimits, type LimitOptions } from './limit-options.js';
import { nextPage, pageOf, type ListOptions, type RunOperation } from './run-operation.js';

interface KeyOptions extends LimitOptions {
  org: string;
  name: string;
  expires?: string;
  reference?: string;
  json?: true;
}

export function addKeyCommands(program: Command, runOperation: RunOperation): void {
  const keys = program.command('keys').description('create, list, limit and revoke API keys');

  withLimits(
    keys
      .command('create')
      .description('create an API key and print it; it is shown only this once')
      .requiredOption('--org <id>', 'id or slug of the organization')
      .requiredOption('--name <name>', 'says what the key is for; unique in the organization')
      .option('--expires <time>', 'the key is refused after this day or time (ISO 8601, UTC)'),
  )
    .option('--reference <text>', 'names the cause: with the same reference, the key is created once')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  lumenfall keys create --org default --name laptop
  lumenfall keys create --org acme --name CI --expires 2027-01-31 --spend-per-day 5 --requests-at-once 4
  KEY=$(npm run -s lumenfall -- keys create --org default --name laptop --json | jq -r .key)`,
    )
    .action(({ org: organization, name, expires: expires_at, reference, json, ...limits }: KeyOptions) =>
      runOperation(
        'keys.create',
        { organization, name, expires_at, limits: limitsOf(limits), reference },
        { json, format: formatCreated },
      ),
    );

  keys
    .command('list')
    .description('list the keys of an organization, the newest first')
    .requiredOption('--org <id>', 'id or slug of the organization')
    .addOption(new Option('--status <status>', 'only these').choices(['active', 'revoked']))
    .option('--limit <n>', 'at most so many, 1 to 100')
    .option('--after <id>', 'the keys that are older than this one')
    .option('--json', 'print one JSON object')
    .action(({ org: organization, status, ...options }: ListOptions & { org: string; status?: string }) =>
      runOperation(
        'keys.list',
        { organization, status, ...pageOf(options) },
        { json: options.json, format: formatList },
      ),
    );

  withLimits(keys.command('set').description('change the limits of a key').argument('<id>', 'the id of the key'))
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  lumenfall keys set 2m4jLFHhkN1i4VrVHpjJqCOKlPw --spend-per-month 100 --tokens-per-minute none',
    )
    .action((key: string, { json, ...limits }: KeyOptions) =>
      runOperation('keys.set', { key, limits: limitsOf(limits) ?? {} }, { json, format: formatKey }),
    );

  keys
    .command('revoke')
    .description('revoke a key; the gateways refuse it within two seconds')
    .argument('<id>', 'the id of the key: the part between lmnfl_ and the dot')
    .option('--json', 'print one JSON object')
    .action((key: string, { json }: KeyOptions) =>
      runOperation(
        'keys.revoke',
        { key },
        {
          json,
          format: ({ already_revoked, ...revoked }) =>
            `${formatKey(revoked)}\n${already_revoked ? 'It was revoked before.' : 'The gateways refuse it within two seconds.'}`,
        },
      ),
    );

  keys
    .command('delete')
    .description('delete a revoked key, so that its name can be used again; its requests stay')
    .argument('<id>', 'the id of the key')
    .option('--json', 'print one JSON object')
    .action((key: string, { json }: KeyOptions) =>
      runOperation('keys.delete', { key }, { json, format: ({ id, name }) => `The key '${name}' (${id}) is deleted.` }),
    );
}

const formatCreated = (created: CreatedKey): string =>
  [
    formatKey(created),
    created.key === null
      ? 'It was created before with this reference; a key is shown only when it is created.'
      : `Shown only this once:\n${created.key}`,
  ].join('\n');

function formatKey(key: KeyView): string {
  const rows = [
    ['id', key.id],
    ['organization', key.organization_id],
    ['status', inStatus(key)],
    ['limits', inLimits(key.limits)],
  ];
  return [`${key.name} (ends in ${key.last_four})`, ...indented(inColumns(rows))].join('\n');
}

function inStatus({ status, revoked_at, expires_at }: KeyView): string {
  if (status === 'revoked') return `revoked${revoked_at === null ? '' : ` ${revoked_at}`}`;
  return expires_at === null ? 'active' : `active until ${expires_at}`;
}

function formatList(page: Page<KeyView>): string {
  const rows = page.data.map((key) => [
    key.id,
    `...${key.last_four}`,
    inStatus(key),
    key.last_used_at ?? 'never',
    inLimits(key.limits),
    key.name,
  ]);
  return [...inColumns([['id', 'key', 'status', 'last used', 'limits', 'name'], ...rows]), ...nextPage(page)].join(
    '\n',
  );
}
