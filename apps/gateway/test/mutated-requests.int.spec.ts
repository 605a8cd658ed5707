import * as fc from 'fast-check';
import { dataUri } from './test-images.js';
import { EDITS, ImageHarness } from './image-harness.js';
import type { Envelope } from './running-gateway.js';

const harness = new ImageHarness();

const CHAT = {
  model: 'openai/gpt-5.4-mini',
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'a', content: 'ok' },
  ],
  stream_options: { include_usage: true },
  tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
  response_format: { type: 'json_object' },
  max_tokens: 9,
  stop: ['x'],
  n: 1,
  user: 'u',
};
const IMAGE = { model: 'draws', prompt: 'x', n: 1, size: '1:1', output_format: 'png', output_compression: 5, seed: 1 };
const VIDEO = {
  model: 'sora-2',
  prompt: 'x',
  seconds: '4',
  size: '16:9',
  metadata: { a: 'b' },
  input_reference: { image_url: 'https://a.example/a.png' },
  idempotency_key: 'k',
};

/**
 * Unusual values: names of object properties, texts that PostgreSQL cannot store, numbers beyond any range.
 */
const odd = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      '',
      ' ',
      '\0',
      '\ud800',
      'a\r\nb: c',
      '1e999',
      0,
      -1,
      1.5,
      1e300,
      2 ** 53,
      'data:,',
      [],
      {},
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('length', 'toString', 'valueOf', 'type', 'url', 'then', 'name', ''), tie('value')),
  ),
})).value;

type Path = readonly (string | number)[];
const pathsOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsOf(inner, [...path, key])])
    : [];

function withOdd(body: object, path: Path, value: unknown): Record<string, unknown> {
  const copy = structuredClone(body) as Record<string, unknown>;
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => Reflect.get(at as object, key), copy);
  Reflect.set(parent as object, path.at(-1) ?? '', value);
  return copy;
}

function asForm(body: Record<string, unknown>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    if (name === 'image') form.set(name, new Blob([new Uint8Array(harness.png)]), 'a.png');
    else form.set(name, typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  }
  return form;
}

it.each<[string, string, () => object, boolean]>([
  ['a chat', '/openai/v1/chat/completions', () => CHAT, false],
  ['a generation', '/openai/v1/images/generations?dryRun=true', () => IMAGE, false],
  ['an edit', `${EDITS}?dryRun=true`, () => ({ ...IMAGE, model: 'edits', image: dataUri(harness.png) }), false],
  ['an edit', `${EDITS}?dryRun=true`, () => ({ ...IMAGE, model: 'edits', image: '' }), true],
  ['a video', '/openai/v1/videos?dryRun=true', () => VIDEO, false],
  ['a video', '/openai/v1/videos?dryRun=true', () => VIDEO, true],
])('%s with one odd value in it is answered or refused in the envelope: %s', async (_, path, body, form) => {
  const good = body();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...pathsOf(good)), odd, async (where, value) => {
      const mutated = withOdd(good, where, value);
      const init = form ? { method: 'POST', body: asForm(mutated) } : { json: mutated };
      const answer = await harness.gateway.call(path, init);
      const text = await answer.text();
      expect([where, value, answer.status < 500 ? 'fine' : text]).toEqual([where, value, 'fine']);
      if (answer.status === 200) return;
      const { message, type, code, param } = (JSON.parse(text) as Envelope).error;
      expect([typeof message, typeof type, typeof code, param === null || typeof param]).toEqual([
        'string',
        'string',
        'string',
        param === null || 'string',
      ]);
    }),
    { numRuns: 120, seed: 20_26 },
  );
});
