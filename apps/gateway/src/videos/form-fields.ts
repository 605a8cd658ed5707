import { addFormField, scalarOf } from '../admission/form-values.js';

/** One entry of a form, in the order it came: text, or a file as a data URI. */
export interface FormEntry {
  name: string;
  value: string;
  isFile: boolean;
}

/** Fields that stay text whatever they look like; the body's own schema knows what becomes of them. */
const TEXT_FIELDS = new Set([
  'model',
  'prompt',
  'negative_prompt',
  'seconds',
  'duration',
  'size',
  'aspect_ratio',
  'resolution',
  'n',
  'user',
  'idempotency_key',
  'media_retention',
  'webhook_url',
]);

/**
 * Folds a form into the object that the same request would be as JSON. SDKs write an object reference as
 * `input_reference[image_url]`, a list as `input_reference[]`, `input_reference[0]` or `input_reference[][image_url]`, and metadata as
 * `metadata[key]`; unknown fields that read as a JSON number or boolean become one.
 */
export function foldForm(entries: readonly FormEntry[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const references: { image_url: string }[] = [];
  const metadata: Record<string, string> = {};
  for (const { name, value, isFile } of entries) {
    // Forms send fields that nobody filled in.
    if (value === '' && name !== 'prompt') continue;
    if (/^input_reference(?:\[\d*\])?(?:\[image_url\])?$/.test(name)) references.push({ image_url: value });
    else if (isFile) body[name] = value;
    else if (/^metadata\[[^[\]]+\]$/.test(name)) metadata[name.slice('metadata['.length, -1)] = value;
    else if (name === 'metadata') body['metadata'] = jsonOrText(value);
    else addFormField(body, name, TEXT_FIELDS.has(name) ? value : scalarOf(value));
  }
  if (references.length > 0) body['input_reference'] = references.length === 1 ? references[0] : references;
  if (Object.keys(metadata).length > 0) body['metadata'] = metadata;
  return body;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // The body's schema says what is wrong with it.
  }
}
