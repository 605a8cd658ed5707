import { CatalogError, findModel, parsePriceFile, priceOf, type Catalog, type ModelEntry } from '@lumenfall/catalog';
import { executedModelOf, type PriceLine } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { operate } from '@lumenfall/operator';
import type { PriceListStore, StoredPriceList } from '@lumenfall/prices';
import { reportedUsage } from '@lumenfall/providers';
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { inColumns, indented } from '../columns.js';
import { EXIT, type CommandOutcome } from '../outcome.js';

/** What the price commands work with. */
export interface PriceTools {
  client: Client;
  lists: PriceListStore;
  catalog: Catalog;
  /** Who imports. */
  user: string;
}

interface Json {
  json?: true;
}

/** The price of an offering that applies at a time. */
interface AppliedPrice {
  model: string;
  offering: string;
  version: string;
  lines: readonly PriceLine[];
  /** When it was imported to begin; null: from the catalog files. */
  valid_from: string | null;
  imported_by: string | null;
}

/** Adds the prices of a file as new versions, which is an operator action. */
export async function importPrices(
  { client, catalog, user }: PriceTools,
  file: string,
  { validFrom, json }: Json & { validFrom?: Date },
): Promise<CommandOutcome> {
  const text = await readText(file);
  if (text === null) return { code: EXIT.failed, error: `${file} cannot be read.` };
  const source = file === '-' ? 'standard input' : file;
  let offerings;
  try {
    offerings = parsePriceFile({ name: source, text }, catalog, reportedUsage);
  } catch (error) {
    if (error instanceof CatalogError) return { code: EXIT.usage, error: error.message };
    throw error;
  }
  const imported = await operate(client, 'cli', 'prices.import', {
    prices: offerings.map(({ model, offering, price }) => ({ model, offering, ...price })),
    ...{ valid_from: validFrom?.toISOString() ?? null, imported_by: user, source },
  });
  if (!imported.ok) return { code: EXIT.usage, error: `${imported.error.message}.` };
  const { added, unchanged } = imported.value;
  if (json) return done(JSON.stringify({ added, unchanged }, null, 2));
  const rows = added.map(({ model, offering, version }) => [model, offering, version]);
  const notes = [
    ...(added[0] ? [`Valid from ${added[0].valid_from}. The gateways apply it within seconds.`] : []),
    ...(unchanged > 0 ? [`${unchanged} unchanged.`] : []),
  ];
  return done([`${added.length} price versions added.`, ...indented(inColumns(rows)), ...notes].join('\n'));
}

/** The price of every offering that applies now. */
export async function listPrices(tools: PriceTools, { json }: Json): Promise<CommandOutcome> {
  const stored = await tools.lists.list();
  const now = new Date();
  const prices = tools.catalog.models.flatMap((entry) => appliedPrices(entry, stored, now));
  // Models that only OpenRouter lists.
  const listed = [...new Set(stored.map(({ model }) => model))].filter((id) => !tools.catalog.byName.has(id));
  prices.push(...listed.flatMap((id) => importedPrices(id, stored, now)));
  if (json) return done(JSON.stringify({ prices }, null, 2));
  const rows = prices.map(({ model, offering, version, valid_from }) => [
    ...[model, offering, version, valid_from === null ? 'catalog' : `imported, valid from ${valid_from}`],
  ]);
  return done(inColumns([['MODEL', 'OFFERING', 'VERSION', 'ORIGIN'], ...rows]).join('\n'));
}

/** The lines of a model's prices: those that apply now, and imported ones that will. */
export async function showPrices(tools: PriceTools, name: string, { json }: Json): Promise<CommandOutcome> {
  const found = await findPrices(tools, name);
  if ('failed' in found) return found.failed;
  const now = new Date();
  const prices = found.entry ? appliedPrices(found.entry, found.stored, now) : importedPrices(name, found.stored, now);
  const coming = found.stored.filter(({ validFrom }) => validFrom > now).map(viewOf);
  if (json) return done(JSON.stringify({ prices, coming }, null, 2));
  return done([...prices, ...coming].map(formatPrice).join('\n'));
}

/** Every known price version of a model, newest first. */
export async function historyOfPrices(tools: PriceTools, name: string, { json }: Json): Promise<CommandOutcome> {
  const found = await findPrices(tools, name);
  if ('failed' in found) return found.failed;
  const offerings = new Set(found.stored.map(({ offering }) => offering));
  for (const offering of found.entry?.offerings ?? []) offerings.add(nameOf(offering));
  const charged = await tools.lists.chargedVersions([...offerings]);
  const imported = found.stored.map(viewOf);
  const charges = charged.map(({ firstCharged, ...version }) => ({
    ...version,
    first_charged: firstCharged.toISOString(),
  }));
  if (json) return done(JSON.stringify({ imported, charged: charges }, null, 2));
  const rows = [
    ...imported.map(({ offering, version, valid_from, imported_by }) => [
      ...[valid_from ?? '', offering, version, `imported by ${imported_by ?? ''}`],
    ]),
    ...charges.map(({ offering, version, first_charged }) => [first_charged, offering, version, 'first charged']),
  ].sort(([a = ''], [b = '']) => b.localeCompare(a));
  if (rows.length === 0) return done('No price was imported, and nothing was charged.');
  return done(inColumns([['TIME', 'OFFERING', 'VERSION', 'EVENT'], ...rows]).join('\n'));
}

async function findPrices(
  { lists, catalog }: PriceTools,
  name: string,
): Promise<{ entry: ModelEntry | null; stored: StoredPriceList[] } | { failed: CommandOutcome }> {
  const entry = catalog.byName.get(name) ?? null;
  const stored = await lists.list(entry?.id ?? name);
  if (entry !== null || stored.length > 0) return { entry, stored };
  const found = findModel(catalog, name);
  const error = found.ok ? `Write '${name}' without its provider.` : found.error.message;
  return { failed: { code: EXIT.unknown, error } };
}

const nameOf = ({ provider, model }: ModelEntry['offerings'][number]): string =>
  executedModelOf({ provider, providerModel: model });

function appliedPrices(entry: ModelEntry, stored: readonly StoredPriceList[], at: Date): AppliedPrice[] {
  return entry.offerings.map((offering) => {
    const name = nameOf(offering);
    const [imported] = importedPrices(entry.id, stored, at).filter((one) => one.offering === name);
    return imported ?? { model: entry.id, offering: name, ...priceOf(offering), valid_from: null, imported_by: null };
  });
}

/** The imported prices of a model that apply at a time. */
function importedPrices(model: string, stored: readonly StoredPriceList[], at: Date): AppliedPrice[] {
  const begun = stored.filter((list) => list.model === model && list.validFrom <= at);
  const latest = begun.filter(({ offering }, index) => begun.findIndex((one) => one.offering === offering) === index);
  return latest.map(viewOf);
}

const viewOf = ({ model, offering, version, lines, validFrom, importedBy }: StoredPriceList): AppliedPrice => ({
  ...{ model, offering, version, lines, valid_from: validFrom.toISOString(), imported_by: importedBy },
});

function formatPrice({ offering, version, lines, valid_from }: AppliedPrice): string {
  const origin = valid_from === null ? 'from the catalog' : `imported, valid from ${valid_from}`;
  const rows = lines.map(({ type, metric, of, when, above, unitPrice }) => {
    const conditions = [
      ...Object.entries(when ?? {}).map(([property, value]) => `${property} ${value}`),
      ...(above === undefined ? [] : [`above ${above} input tokens`]),
    ];
    return [type, of === undefined ? metric : `${of} ${metric}`, unitPrice, conditions.join(', ')];
  });
  return [`${offering}  version ${version}, ${origin}`, ...indented(inColumns(rows, new Set([2])))].join('\n');
}

async function readText(file: string): Promise<string | null> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8');
  } catch {
    return null;
  }
}

const done = (text: string): CommandOutcome => ({ code: EXIT.done, text });
