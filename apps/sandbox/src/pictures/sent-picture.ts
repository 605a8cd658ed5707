import { measure } from './picture-studio.js';

/** A picture that came as text: of a data URI or plain base64. Null for what is neither. */
export function bytesOfText(text: string): Uint8Array | null {
  const data = /^data:[\w/+.-]*;base64,(.*)$/s.exec(text)?.[1] ?? text;
  return /^[A-Za-z0-9+/]{8,}={0,2}$/.test(data) ? Buffer.from(data, 'base64') : null;
}

/**
 * The pictures among the fields of an input, whatever their model calls them: fields whose name matches, as one text or a list.
 * A picture at an address counts as sent, but is not fetched: the sandbox asks nobody.
 *
 * @returns the field that holds something else
 */
export function picturesIn(
  input: Readonly<Record<string, unknown>>,
  name: RegExp,
): { ok: true; pictures: Uint8Array[] } | { ok: false; field: string } {
  const pictures: Uint8Array[] = [];
  for (const [field, value] of Object.entries(input)) {
    if (!name.test(field)) continue;
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one !== 'string' || one === '') return { ok: false, field };
      const bytes = /^https?:/.test(one) ? null : bytesOfText(one);
      if (bytes !== null) pictures.push(bytes);
      else if (!/^https?:/.test(one)) return { ok: false, field };
    }
  }
  return { ok: true, pictures };
}

/** Sizes, or null where one of them is no picture. */
export async function measureAll(pictures: readonly Uint8Array[]): Promise<{ width: number; height: number }[] | null> {
  const measured = await Promise.all(pictures.map(measure));
  const known = measured.filter((size) => size !== null);
  return known.length === measured.length ? known : null;
}
