import { videoBodySchema, type VideoBody } from '@lumenfall/contracts';
import { bodyHashOf, idempotencyKeyOf } from './idempotency.js';

const body = (more: Record<string, unknown> = {}): VideoBody =>
  videoBodySchema.parse({ model: 'sora-2', prompt: 'a cat', ...more });

describe('the idempotency key', () => {
  it.each([
    [{}, undefined, null],
    [{ idempotency_key: 'a' }, undefined, 'a'],
    [{}, 'b', 'b'],
    [{ idempotency_key: 'a' }, 'a', 'a'],
    [{}, '', null],
  ])('of %p with header %p is %p', (fields, header, key) => {
    expect(idempotencyKeyOf(body(fields), header)).toEqual({ ok: true, value: key });
  });

  it.each([
    [{ idempotency_key: 'a' }, 'b'],
    [{}, 'x'.repeat(257)],
  ])('of %p with header %.5s is refused', (fields, header) =>
    expect(idempotencyKeyOf(body(fields), header).ok).toBe(false),
  );
});

describe('the hash of a body', () => {
  it('does not depend on the order of fields, the key, or how a number was written', () => {
    const hash = bodyHashOf(body({ seconds: 4, seed: 1 }));
    expect(bodyHashOf(body({ seed: 1, seconds: '4', idempotency_key: 'x', size: null }))).toBe(hash);
  });

  it.each([[{ prompt: 'a dog' }], [{ seed: 2 }], [{ metadata: { a: '1' } }]])('changes with %p', (fields) => {
    expect(bodyHashOf(body(fields))).not.toBe(bodyHashOf(body()));
  });
});
