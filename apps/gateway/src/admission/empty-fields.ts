/**
 * Drops the known fields of a JSON body that hold an empty text: they count as absent, as in a form. The prompt stays,
 * because the error for an empty prompt says more than the one for a missing field.
 *
 * @param promptRequired false for an edit: an upscale has no prompt
 * @param known the fields of the body's schema; others are sent to the provider unchanged
 */
export function withoutEmptyFields(
  body: unknown,
  known: Readonly<Record<string, unknown>>,
  { promptRequired = true }: { promptRequired?: boolean } = {},
): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) => value !== '' || (promptRequired && name === 'prompt') || !Object.hasOwn(known, name),
    ),
  );
}
