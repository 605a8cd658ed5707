import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { modelEntrySchema, type ModelEntry } from './model-entry.js';

/** A file of the catalog that is not right. The message is one line: file, line, field, and what is wrong. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly forOperator = true;
}

export interface Catalog {
  /** In the order of their ids. */
  readonly models: readonly ModelEntry[];
  /** By id and by every alias. */
  readonly byName: ReadonlyMap<string, ModelEntry>;
}

/** Builds the catalog from its files' texts. Throws `CatalogError` for the first thing that is wrong. */
export function parseCatalog(files: readonly { name: string; text: string }[]): Catalog {
  const models = files.map(parseModelFile).sort((a, b) => (a.entry.id < b.entry.id ? -1 : 1));
  const byName = new Map<string, ModelEntry>();
  for (const { entry, name } of models) {
    for (const id of [entry.id, ...entry.aliases]) {
      const other = byName.get(id);
      if (other) throw new CatalogError(`${name}: '${id}' is already a name of the model '${other.id}'.`);
      byName.set(id, entry);
    }
  }
  return { models: models.map(({ entry }) => entry), byName };
}

function parseModelFile({ name, text }: { name: string; text: string }): { name: string; entry: ModelEntry } {
  const lines = new LineCounter();
  // The core schema leaves dates as text, which is what the entry's schema expects.
  const document = parseDocument(text, { lineCounter: lines, schema: 'core' });
  const [syntax] = document.errors;
  if (syntax)
    throw new CatalogError(`${name}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split('\n')[0] ?? ''}`);

  const parsed = modelEntrySchema.safeParse(document.toJS());
  if (parsed.success) return { name, entry: parsed.data };
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((key) => (typeof key === 'symbol' ? String(key) : key));
  throw new CatalogError(
    `${name}:${lineOf(document, lines, path)}: ${path.join('.') || 'model'}: ${issue?.message ?? 'invalid'}`,
  );
}

/** The line of the deepest part of `path` that is written in the file. */
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
