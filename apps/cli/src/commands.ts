import { bootstrapOrganization } from '@lumenfall/accounts';
import { CatalogError, loadCatalog } from '@lumenfall/catalog';
import type { ApiError } from '@lumenfall/contracts';
import { checkDatabase, DatabaseUnavailable, migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { ledgerStore, requestReportStore } from '@lumenfall/ledger';
import { micros, MICROS_PER_USD, microsToUsd, ZERO_MICROS, type Micros } from '@lumenfall/money';
import { operate, reportJson } from '@lumenfall/operator';
import { priceListStore } from '@lumenfall/prices';
import type { Commands } from './command-line.js';
import { formatReport } from './doctor/format-report.js';
import { EXIT, type CommandOutcome } from './outcome.js';

export interface Environment {
  /** `postgres://...`; empty if it is not known. */
  databaseUrl: string;
  /** The folder of the migrations, if they are not beside the program. */
  migrationsDir?: string | undefined;
  /** A whole API key that `migrate` accepts instead of minting one. */
  bootstrapApiKey?: string | undefined;
  /** The folder of the operator's own model files. */
  catalogDir?: string | null;
  /** Who runs the commands: recorded with imported prices. */
  user?: string;
  /** Receives the progress of `migrate`, one line at a time. */
  log?: (line: string) => void;
}

const NO_DATABASE =
  'No database: Lumenfall is not running here (npm start), and DATABASE_URL is not a postgres:// address.';

const INITIAL_CREDIT = { creditMicros: micros(10 * MICROS_PER_USD) };
/** For a trial without providers: it is not real money, and its ledger entry says so. */
const SANDBOX_CREDIT = { creditMicros: micros(1_000 * MICROS_PER_USD), creditNote: 'sandbox credit' };

/** The commands on the database of an environment. A database that cannot be used is an outcome with one line. */
export function commandsFor(environment: Environment): Commands {
  const { databaseUrl } = environment;

  const withClient = (
    prepare: () => Promise<unknown>,
    work: (client: Client) => Promise<CommandOutcome>,
  ): Promise<CommandOutcome> =>
    unlessUnavailable(async () => {
      if (!isDatabaseUrl(databaseUrl)) return { code: EXIT.failed, error: NO_DATABASE };
      await prepare();
      const client = openClient(databaseUrl, { maxConnections: 4 });
      return work(client).finally(() => client.$disconnect());
    });

  return {
    doctor: (requestId, options) =>
      withClient(
        () => checkDatabase(databaseUrl),
        (client) => doctor(client, requestId, options),
      ),
    operate: (name, input, present) =>
      withClient(
        () => checkDatabase(databaseUrl),
        async (client) => {
          const result = await operate(client, 'cli', name, input);
          return result.ok ? present(result.value) : failed(result.error);
        },
      ),
    prices: (work) =>
      withClient(
        () => checkDatabase(databaseUrl),
        async (client) => {
          try {
            const catalog = loadCatalog(environment.catalogDir ?? null);
            return await work({ client, lists: priceListStore(client), catalog, user: environment.user ?? 'cli' });
          } catch (error) {
            if (error instanceof CatalogError) return { code: EXIT.failed, error: error.message };
            throw error;
          }
        },
      ),
    migrate: ({ sandbox }) =>
      withClient(
        () => migrateDatabase(databaseUrl, { info: environment.log ?? ignore }, environment.migrationsDir),
        (client) => bootstrap(client, environment, sandbox ? SANDBOX_CREDIT : INITIAL_CREDIT),
      ),
  };
}

function failed({ code, message }: ApiError): CommandOutcome {
  if (code === 'NOT_FOUND') return { code: EXIT.unknown, error: message };
  return { code: code === 'INVALID_REQUEST' ? EXIT.usage : EXIT.failed, error: message };
}

async function doctor(client: Client, requestId: string, { json }: { json?: true }): Promise<CommandOutcome> {
  const report = await requestReportStore(client).find(requestId);
  if (report === null) {
    const error =
      `${requestId} is not in this database. A chat or an image is recorded when it ends: ` +
      'it may still be running, or billing may be down.';
    return { code: EXIT.unknown, error };
  }
  return { code: EXIT.done, text: json ? JSON.stringify(reportJson(report), null, 2) : formatReport(report) };
}

/**
 * Makes a migrated database usable. Prints one line of JSON, `{"type":"bootstrap","organizationId":...,"apiKey":...,
 * "balance":...}`; `apiKey` is null unless this run minted one, the balance is USD.
 */
async function bootstrap(
  client: Client,
  { bootstrapApiKey, log = ignore }: Environment,
  credit: { creditMicros: Micros; creditNote?: string },
): Promise<CommandOutcome> {
  const { organizationId, apiKey } = await bootstrapOrganization(client, { ...credit, apiKey: bootstrapApiKey });
  log(`Organization ${organizationId} is ready.`);
  if (apiKey) log(`Its API key, shown only this once: ${apiKey}`);
  const balance = microsToUsd((await ledgerStore(client).figures(organizationId))?.balanceMicros ?? ZERO_MICROS);
  return { code: EXIT.done, text: JSON.stringify({ type: 'bootstrap', organizationId, apiKey, balance }) };
}

async function unlessUnavailable(work: () => Promise<CommandOutcome>): Promise<CommandOutcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return { code: EXIT.failed, error: error.message };
    throw error;
  }
}

const isDatabaseUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url);

const ignore = (): void => undefined;
