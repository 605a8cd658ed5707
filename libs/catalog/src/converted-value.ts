/** A number within bounds; anything else as it is. */
export function clamped(value: unknown, { min, max }: { min?: number | undefined; max?: number | undefined }): unknown {
  if (typeof value !== 'number') return value;
  return Math.min(max ?? Infinity, Math.max(min ?? -Infinity, value));
}

/** In the type that the provider wants. */
export function typed(value: unknown, type: 'string' | 'integer' | undefined): unknown {
  if (type === 'string') return String(value);
  return type === 'integer' && typeof value === 'number' ? Math.round(value) : value;
}
