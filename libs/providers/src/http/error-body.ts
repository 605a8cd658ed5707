import { isRecord } from '../json/fields.js';
import { parseJson } from './read-body.js';

/** The body of an error, in any of the shapes that providers and their proxies use. */
export interface ErrorBody {
  /** The sentence for people, with the field it blames before it; null if the body holds none. */
  message: string | null;
  /** The words for programs (`code`, `type`, `status`, `error_type`, `reason`), the innermost object's first. */
  codes: string[];
  /** An HTTP status that the body repeats; null if it names none. */
  status: number | null;
}

/** A server may nest an error in an error; nothing readable is deeper than this. */
const MAX_DEPTH = 5;
const CODES = ['code', 'type', 'status', 'error_type', 'error_code', 'errorCode', 'reason', 'title'] as const;
const STATUSES = ['code', 'status', 'status_code', 'statusCode', 'error_code'] as const;
/** The fields that may contain the error itself, the most specific first. */
const INNER = ['error', 'errors', 'detail', 'details', 'fault'] as const;
const SENTENCES = [
  'message',
  'msg',
  'description',
  'error_description',
  'error_message',
  'faultstring',
  'title',
] as const;

/**
 * Reads `{"error": {"message", "code"}}`, the same in an array, `{"error": "..."}`, `{"message": "..."}` or
 * `{"message": {...}}`, `{"detail": "..."}` or `{"detail": [{"loc", "msg"}]}`, `{"errors": [...]}`, problem details,
 * plain text, and JSON inside the text of a message.
 *
 * @param body parsed JSON, or the text of a body that is not JSON
 */
export function readErrorBody(body: unknown): ErrorBody {
  const found: ErrorBody = { message: null, codes: [], status: null };
  found.message = sentenceIn(body, found, 0);
  return found;
}

/** Whether the body of a 2xx answer reports a failure: `{"error": ...}`, `{"errors": [...]}`, `[{"error": ...}]`. */
export function holdsError(body: unknown): boolean {
  if (Array.isArray(body)) return body.length > 0 && body.every(holdsError);
  if (!isRecord(body)) return false;
  return hasContent(body['error']) || hasContent(body['errors']);
}

/** The values of an error object that reports nothing, such as `{"code": 0, "message": ""}`. */
const NOTHING = new Set<unknown>([null, '', 0, false]);

/** Some servers send `error: {}`, `error: null` or `errors: []` with every good answer. */
function hasContent(error: unknown): boolean {
  if (typeof error === 'string') return error.trim() !== '';
  if (Array.isArray(error)) return error.some(hasContent);
  return isRecord(error) ? Object.values(error).some((value) => !NOTHING.has(value)) : error === true;
}

function sentenceIn(value: unknown, found: ErrorBody, depth: number): string | null {
  if (depth > MAX_DEPTH) return null;
  if (typeof value === 'string') return sentenceInText(value, found, depth);
  if (Array.isArray(value)) {
    const sentences = value.map((one) => sentenceIn(one, found, depth + 1)).filter((one) => one !== null);
    return sentences.length === 0 ? null : sentences.join('; ');
  }
  if (!isRecord(value)) return null;
  const own = takeCodes(value, found);
  let sentence: string | null = null;
  // The object's own sentence is better than a list of details below it; an error inside is better than the object's
  // own.
  for (const name of ['error', ...SENTENCES.slice(0, -1), ...INNER.slice(1), 'title']) {
    sentence ??= sentenceIn(value[name], found, depth + 1);
  }
  found.codes.push(...own);
  return sentence === null ? null : withField(value, sentence);
}

/** The object's own codes, to be added behind those of the objects inside it. */
function takeCodes(value: Record<string, unknown>, found: ErrorBody): string[] {
  for (const name of STATUSES) {
    const status = Number(value[name]);
    if (Number.isInteger(status) && status >= 400 && status <= 599) found.status ??= status;
  }
  return CODES.map((name) => value[name]).filter((code): code is string => typeof code === 'string' && code !== '');
}

/** A proxy may put the provider's whole answer into its own message. */
function sentenceInText(text: string, found: ErrorBody, depth: number): string | null {
  const trimmed = text.trim();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    const inner = parseJson(trimmed);
    const sentence = isRecord(inner) || Array.isArray(inner) ? sentenceIn(inner, found, depth + 1) : null;
    if (sentence !== null) return sentence;
  }
  return trimmed === '' ? null : trimmed;
}

/** FastAPI's `loc`, Replicate's `field`: `duration: Input should be '5' or '10'`. */
function withField(value: Record<string, unknown>, sentence: string): string {
  const { loc, field } = value;
  const path = Array.isArray(loc)
    ? loc.filter((part) => part !== 'body').join('.')
    : typeof field === 'string'
      ? field
      : '';
  return path === '' ? sentence : `${path}: ${sentence}`;
}
