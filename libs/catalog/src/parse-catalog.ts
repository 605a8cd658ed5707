import { z } from 'zod';
import { modelEntrySchema, type ModelEntry } from './model-entry.js';
import { problemsOfModel } from './model-rules.js';
import type { ReportedUsage } from './price-rules.js';
import { CatalogError, problemAt, readYaml, type ModelFile, type Place } from './yaml-file.js';

export interface Catalog {
  /** Sorted by id. */
  readonly models: readonly ModelEntry[];
  /** By id, alias, and every display name that only one model has. */
  readonly byName: ReadonlyMap<string, ModelEntry>;
  /** True if OpenRouter's complete list is included: an id that is not here is then unknown there too. */
  readonly listsOpenRouter: boolean;
}

interface ParsedFile {
  entry: ModelEntry;
  place: Place;
}

/**
 * Builds the catalog from the texts of its files. A file of `own` replaces the model with its id; a file with only
 * `id` and `status: disabled` disables it. Throws `CatalogError` for the first mistake.
 *
 * @param reported refuses price lines that could never be charged; null skips that check
 */
export function parseCatalog(
  files: readonly ModelFile[],
  own: readonly ModelFile[] = [],
  reported: ReportedUsage | null = null,
): Catalog {
  const shipped = files.map((file) => parseModelFile(file, [], reported));
  const overriding = own.map((file) => parseModelFile(file, shipped, reported));
  const replaced = new Set(overriding.map(({ entry }) => entry.id));
  return catalogOf([...shipped.filter(({ entry }) => !replaced.has(entry.id)), ...overriding]);
}

function catalogOf(parsed: readonly ParsedFile[]): Catalog {
  const byName = new Map<string, ModelEntry>();
  for (const { entry, place } of parsed) {
    for (const [id, ...path] of namesOf(entry)) {
      const other = byName.get(id);
      if (other) throw new CatalogError(`${place(...path)}: '${id}' is already a name of the model '${other.id}'.`);
      byName.set(id, entry);
    }
  }
  for (const [name, entry] of ownDisplayNames(parsed)) if (!byName.has(name)) byName.set(name, entry);
  const models = parsed.map(({ entry }) => entry).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { models, byName, listsOpenRouter: false };
}

/** The names that requests may use, with their paths in the file. */
function namesOf({ id, aliases, alternative_names }: ModelEntry): [string, ...(string | number)[]][] {
  return [
    [id, 'id'],
    ...aliases.map((alias, at): [string, string, number] => [alias, 'aliases', at]),
    ...alternative_names.map((name, at): [string, string, number] => [name, 'alternative_names', at]),
  ];
}

/** Display names count as names, unless two models share one. */
function ownDisplayNames(parsed: readonly ParsedFile[]): Map<string, ModelEntry> {
  const bearers = new Map<string, ModelEntry[]>();
  for (const { entry } of parsed) bearers.set(entry.name, [...(bearers.get(entry.name) ?? []), entry]);
  return new Map([...bearers].flatMap(([name, [entry, other]]) => (entry && !other ? [[name, entry]] : [])));
}

function parseModelFile(
  { name, text }: ModelFile,
  shipped: readonly ParsedFile[],
  reported: ReportedUsage | null,
): ParsedFile {
  const { content, place } = readYaml({ name, text });
  const switchedOff = switchedOffBy(content, shipped);
  if (switchedOff) return { entry: switchedOff, place };
  const parsed = modelEntrySchema.safeParse(content);
  const [problem] = parsed.success ? problemsOfModel(parsed.data, reported) : parsed.error.issues;
  if (parsed.success && problem === undefined) return { entry: parsed.data, place };
  throw problemAt(place, problem, 'model');
}

const switchSchema = z.strictObject({ id: z.string(), status: z.literal('disabled') });

function switchedOffBy(content: unknown, shipped: readonly ParsedFile[]): ModelEntry | null {
  const off = switchSchema.safeParse(content);
  const found = off.success ? shipped.find(({ entry }) => entry.id === off.data.id) : undefined;
  return found ? { ...found.entry, status: 'disabled' } : null;
}
