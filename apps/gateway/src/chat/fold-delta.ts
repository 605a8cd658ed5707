type Fields = Record<string, unknown>;

/** Kept as they first came: repeating them in later deltas does not make them longer. */
const SAID_ONCE = new Set(['role', 'id', 'type', 'name', 'index', 'format', 'signature_type']);

/**
 * Adds one delta to the message so far: strings grow, lists of indexed parts (`tool_calls`, `reasoning_details`) are merged part
 * by part, other lists are appended, objects are merged, anything else is replaced. Unknown fields follow the same rules.
 */
export function foldDelta(message: Fields, delta: Fields): void {
  for (const [name, value] of Object.entries(delta)) {
    if (name === '__proto__') continue;
    if (value === null || value === undefined) {
      if (!(name in message)) message[name] = null;
      continue;
    }
    message[name] = foldValue(name, message[name], value);
  }
}

function foldValue(name: string, before: unknown, value: unknown): unknown {
  if (Array.isArray(value)) return foldList(Array.isArray(before) ? before : [], value);
  if (before === undefined || before === null) return isFields(value) ? foldedCopy(value) : value;
  if (typeof value === 'string' && typeof before === 'string')
    return SAID_ONCE.has(name) ? before || value : before + value;
  if (isFields(value) && isFields(before)) {
    foldDelta(before, value);
    return before;
  }
  return value;
}

function foldList(before: unknown[], parts: unknown[]): unknown[] {
  for (const part of parts) {
    if (!isFields(part)) {
      before.push(part);
      continue;
    }
    const known =
      typeof part['index'] === 'number'
        ? before.find((one) => isFields(one) && one['index'] === part['index'])
        : undefined;
    if (isFields(known)) foldDelta(known, part);
    else before.push(foldedCopy(part));
  }
  return before;
}

/** Parts of a message of the queue are never changed in place. */
function foldedCopy(fields: Fields): Fields {
  const copy: Fields = {};
  foldDelta(copy, fields);
  return copy;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
