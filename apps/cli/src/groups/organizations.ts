import { mediaRetentionSchema, type MediaRetention } from '@lumenfall/contracts';
import type { OrganizationView, Page } from '@lumenfall/operator';
import { Option, type Command } from 'commander';
import { inColumns, indented, inUsd } from '../columns.js';
import { inLimits, limitsOf, withLimits, type LimitOptions } from './limit-options.js';
import { nextPage, pageOf, type ListOptions, type RunOperation } from './run-operation.js';

interface SettingOptions extends LimitOptions {
  name?: string;
  slug?: string;
  mode?: string;
  creditLimit?: string;
  allow?: string;
  deny?: string;
  clear?: true;
  retention?: MediaRetention;
  payloadRetention?: MediaRetention;
  margin?: string;
  reference?: string;
  json?: true;
}

const PATTERN = 'A pattern is <provider>/<model id> with * for anything: fal/*,openai/sora-*,*/gpt-image-1.5';

/** `orgs`, and `organization`, the name that its commands `show` and `set` had before. */
export function addOrganizationCommands(program: Command, runOperation: RunOperation): void {
  const orgs = program.command('orgs').description('create, show and change organizations');

  withSettings(orgs.command('create').description('create an organization; it has no key and no credit yet'))
    .argument('<name>', 'for example "Acme Inc."')
    .option('--slug <slug>', 'its short name, by default made from the name')
    .addHelpText(
      'after',
      `
Examples:
  lumenfall orgs create "Acme Inc."
  lumenfall orgs create Lighthouse --mode postpaid --credit-limit 500`,
    )
    .action((name: string, { slug, json, ...options }: SettingOptions) =>
      runOperation('organizations.create', { name, slug, ...settingsOf(options) }, { json, format: formatCreated }),
    );

  orgs
    .command('list')
    .description('list the organizations, the newest first')
    .option('--limit <n>', 'at most so many, 1 to 100')
    .option('--after <id>', 'the organizations that are older than this one')
    .option('--json', 'print one JSON object')
    .action((options: ListOptions) =>
      runOperation('organizations.list', pageOf(options), { json: options.json, format: formatList }),
    );

  orgs
    .command('show')
    .description('show an organization with its balance and settings')
    .argument('<id>', 'id or slug')
    .option('--json', 'print one JSON object')
    .action((organization: string, { json }: SettingOptions) =>
      runOperation('organizations.show', { organization }, { json, format: formatOrganization }),
    );

  withSettings(orgs.command('set').description('change the settings of an organization'))
    .argument('<id>', 'id or slug')
    .option('--name <name>', 'set: its name')
    .addHelpText(
      'after',
      `
${PATTERN}
Examples:
  lumenfall orgs set acme --mode postpaid --credit-limit 250.00
  lumenfall orgs set acme --allow 'vertex/*,gemini/*' --deny '*/sora-2' --retention 7d
  lumenfall orgs set acme --spend-per-day 20 --requests-at-once none`,
    )
    .action((organization: string, { name, json, ...options }: SettingOptions) =>
      runOperation(
        'organizations.set',
        { organization, name, ...settingsOf(options) },
        {
          json,
          format: (output) => `${formatOrganization(output)}\nThe gateways apply the change within two seconds.`,
        },
      ),
    );

  withSettings(
    program.command('organization', { hidden: true }).description('the former name of orgs show and orgs set'),
  )
    .argument('<id>', 'id or slug')
    .addHelpText('after', `\n${PATTERN}`)
    .action((organization: string, { json, ...options }: SettingOptions) =>
      Object.keys(options).length === 0
        ? runOperation('organizations.show', { organization }, { json, format: formatOrganization })
        : runOperation(
            'organizations.set',
            { organization, ...settingsOf(options) },
            {
              json,
              format: (output) => `${formatOrganization(output)}\nThe gateways apply the change within two seconds.`,
            },
          ),
    );
}

const withSettings = (command: Command): Command =>
  withLimits(
    command
      .addOption(new Option('--mode <mode>', 'set: how it pays').choices(['prepaid', 'postpaid']))
      .option('--credit-limit <usd>', 'set: how far below zero a postpaid balance may go')
      .option('--margin <percent>', 'set: what is added to every price, such as 12.5; none adds nothing')
      .option('--allow <patterns>', 'set: only these offerings; "" allows all')
      .option('--deny <patterns>', 'set: never these, even if allowed; "" denies none')
      .option('--clear', 'empty both lists first')
      .addOption(
        new Option(
          '--retention <time>',
          'set: none (one hour), 7d or 30d; a video request may ask for another',
        ).choices(mediaRetentionSchema.options),
      ),
  )
    .addOption(
      new Option('--payload-retention <time>', 'set: how long request and response bodies are kept').choices(
        mediaRetentionSchema.options,
      ),
    )
    .option('--reference <text>', 'names the cause: with the same reference, the change is made once')
    .option('--json', 'print one JSON object');

function settingsOf(options: SettingOptions): object {
  const { mode, creditLimit, margin, retention, payloadRetention, allow, deny, clear, reference, ...limits } = options;
  const list = (text: string | undefined): string[] | undefined =>
    text === undefined ? clear && [] : [...new Set(text.split(',').map((pattern) => pattern.trim()))].filter(Boolean);
  return {
    billing_mode: mode,
    credit_limit: creditLimit,
    margin_percent: margin === 'none' ? null : margin,
    media_retention: retention,
    payload_retention: payloadRetention,
    allow: list(allow),
    deny: list(deny),
    limits: limitsOf(limits),
    reference,
  };
}

const RETENTION: Readonly<Record<MediaRetention, string>> = {
  none: 'none (files are deleted after one hour)',
  '7d': '7d (files are kept for seven days)',
  '30d': '30d (files are kept for thirty days)',
};

function formatOrganization(organization: OrganizationView): string {
  const { id, slug, name, billing_mode, credit_limit, balance, held, available, allow, deny } = organization;
  const rows = [
    ['name', `${name} (${id})`],
    ['mode', billing_mode === 'postpaid' ? `postpaid, with a credit limit of ${inUsd(credit_limit)}` : 'prepaid'],
    ['balance', `${inUsd(balance)}: ${inUsd(held)} held, ${inUsd(available)} available`],
    ...(organization.margin_percent === null ? [] : [['margin', `${organization.margin_percent} %`]]),
    ['limits', inLimits(organization.limits)],
    ['allow', allow.length === 0 ? 'everything' : allow.join(', ')],
    ['deny', deny.length === 0 ? 'nothing' : deny.join(', ')],
    ['retention', RETENTION[organization.media_retention]],
    ['payloads', organization.payload_retention === 'none' ? 'not kept' : `kept for ${organization.payload_retention}`],
  ];
  return [slug, ...indented(inColumns(rows))].join('\n');
}

const formatCreated = (organization: OrganizationView): string =>
  [
    formatOrganization(organization),
    `Next: lumenfall keys create --org ${organization.slug} --name <name>`,
    `      lumenfall credits add <usd> --org ${organization.slug}`,
  ].join('\n');

function formatList(page: Page<OrganizationView>): string {
  const rows = page.data.map(({ slug, id, billing_mode, balance, name }) => [
    slug,
    id,
    billing_mode,
    inUsd(balance),
    name,
  ]);
  return [...inColumns([['slug', 'id', 'mode', 'balance', 'name'], ...rows], new Set([3])), ...nextPage(page)].join(
    '\n',
  );
}
