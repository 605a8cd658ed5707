import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { Problem } from './table-rules.js';

/** An invalid file of models or prices. The message is one line: file, line, field, and the mistake. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly forOperator = true;
}

export interface ModelFile {
  /** As shown in messages. */
  name: string;
  text: string;
}

/** `a.yaml:14`: the file and the line of a path. */
export type Place = (...path: (string | number)[]) => string;

/** Reads a YAML or JSON file. Throws `CatalogError` for a mistake of syntax. */
export function readYaml({ name, text }: ModelFile): { content: unknown; place: Place } {
  const lines = new LineCounter();
  // The core schema keeps dates as text, as the schemas expect.
  const document = parseDocument(text, { lineCounter: lines, schema: 'core' });
  const [syntax] = document.errors;
  if (syntax)
    throw new CatalogError(`${name}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split('\n')[0] ?? ''}`);
  return {
    content: contentOf(document, name),
    place: (...path) => `${name}:${lineOf(document, lines, path)}`,
  };
}

/** The error for a mistake: file, line, field, message. @param whole names the content if no field is to blame */
export function problemAt(place: Place, problem: Problem | undefined, whole: string): CatalogError {
  const path = (problem?.path ?? []).map((key) => (typeof key === 'symbol' ? String(key) : key));
  return new CatalogError(`${place(...path)}: ${path.join('.') || whole}: ${problem?.message ?? 'invalid'}`);
}

/** The content of a file. An unresolved or excessive YAML alias is found only here. */
function contentOf(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new CatalogError(`${name}:1: ${error instanceof Error ? error.message : String(error)}`);
  }
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
