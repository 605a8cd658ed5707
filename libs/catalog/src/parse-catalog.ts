import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { modelEntrySchema, type ModelEntry } from './model-entry.js';
import { problemsOfModel } from './model-rules.js';
import type { ReportedUsage } from './price-rules.js';

/** An invalid catalog file. The message is one line: file, line, field, and the mistake. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly forOperator = true;
}

export interface Catalog {
  /** Sorted by id. */
  readonly models: readonly ModelEntry[];
  /** By id, alias, and every display name that only one model has. */
  readonly byName: ReadonlyMap<string, ModelEntry>;
  /** True if OpenRouter's complete list is included: an id that is not here is then unknown there too. */
  readonly listsOpenRouter: boolean;
}

export interface ModelFile {
  /** As shown in messages. */
  name: string;
  text: string;
}

interface ParsedFile {
  entry: ModelEntry;
  /** `a.yaml:14`: the line of a path. */
  place: (...path: (string | number)[]) => string;
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
  const lines = new LineCounter();
  // The core schema keeps dates as text, as the entry's schema expects.
  const document = parseDocument(text, { lineCounter: lines, schema: 'core' });
  const [syntax] = document.errors;
  if (syntax)
    throw new CatalogError(`${name}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split('\n')[0] ?? ''}`);

  const place = (...path: (string | number)[]): string => `${name}:${lineOf(document, lines, path)}`;
  const content = contentOf(document, name);
  const switchedOff = switchedOffBy(content, shipped);
  if (switchedOff) return { entry: switchedOff, place };
  const parsed = modelEntrySchema.safeParse(content);
  const [problem] = parsed.success ? problemsOfModel(parsed.data, reported) : parsed.error.issues;
  if (parsed.success && problem === undefined) return { entry: parsed.data, place };
  const path = (problem?.path ?? []).map((key) => (typeof key === 'symbol' ? String(key) : key));
  throw new CatalogError(`${place(...path)}: ${path.join('.') || 'model'}: ${problem?.message ?? 'invalid'}`);
}

/** The content of a file. An unresolved or excessive YAML alias is found only here. */
function contentOf(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new CatalogError(`${name}:1: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const switchSchema = z.strictObject({ id: z.string(), status: z.literal('disabled') });

function switchedOffBy(content: unknown, shipped: readonly ParsedFile[]): ModelEntry | null {
  const off = switchSchema.safeParse(content);
  const found = off.success ? shipped.find(({ entry }) => entry.id === off.data.id) : undefined;
  return found ? { ...found.entry, status: 'disabled' } : null;
}

/** The line of the deepest part of `path` that the file contains. */
function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent: unknown = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const node: unknown = pair?.key ?? document.getIn(path.slice(0, depth), true);
    const start =
      typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range[0] : null;
    if (typeof start === 'number') return lines.linePos(start).line;
  }
  return 1;
}
