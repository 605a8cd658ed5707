import type { OpenFile } from '@lumenfall/media';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { answerWithFiles, formsOf } from './present-images.js';

/** A file that is read in pieces of the given sizes, in turn. */
function fileOf(bytes: Buffer, sizes: readonly number[]): OpenFile {
  async function* read(): AsyncGenerator<Uint8Array> {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      yield bytes.subarray(at, (at += size));
    }
  }
  return {
    sizeBytes: bytes.length,
    contentType: 'image/png',
    expiresAt: 0,
    stream: () => Readable.from(read()),
    bytes: async () => bytes,
  };
}

describe('answerWithFiles', () => {
  it.each([
    [[1], 5],
    [[2, 3], 100],
    [[4], 1_000],
    [[65_536], 200_001],
    [[7], 0],
  ])(
    'streams the base64 of files read in pieces of %j bytes with the announced length (%i bytes)',
    async (sizes, length) => {
      const files = [randomBytes(length), randomBytes(length + 1), randomBytes(length + 2)];
      const answerOf = (text: string): object => ({
        prompt: 'a "cat", ♥',
        data: files.map(() => ({ b64_json: text })),
      });
      const { sizeBytes, body } = answerWithFiles(
        answerOf,
        files.map((file) => fileOf(file, sizes)),
      );
      const sent = await buffer(body);
      expect(sent.length).toBe(sizeBytes);
      expect(JSON.parse(sent.toString())).toEqual({
        prompt: 'a "cat", ♥',
        data: files.map((file) => ({ b64_json: file.toString('base64') })),
      });
    },
  );

  it('fails if a file cannot be read to its end', async () => {
    const broken = fileOf(Buffer.alloc(9), [3]);
    broken.stream = () =>
      new Readable({
        read() {
          this.destroy(new Error('gone'));
        },
      });
    await expect(buffer(answerWithFiles((text) => ({ text }), [broken]).body)).rejects.toThrow('gone');
  });
});

it.each([
  ['gemini-3-pro-image', undefined, { url: true, b64Json: false }],
  ['gemini-3-pro-image', null, { url: true, b64Json: false }],
  ['gemini-3-pro-image', 'url', { url: true, b64Json: false }],
  ['gemini-3-pro-image', 'b64_json', { url: false, b64Json: true }],
  ['gpt-image-1.5', undefined, { url: true, b64Json: true }],
  ['openai/gpt-image-1.5', undefined, { url: true, b64Json: true }],
  ['chatgpt-image-latest', undefined, { url: true, b64Json: true }],
  ['gpt-image-1.5', 'url', { url: true, b64Json: false }],
  ['gpt-image-1.5', 'b64_json', { url: false, b64Json: true }],
] as const)('images of %s with response_format %p are answered as %j', (model, response_format, forms) => {
  expect(formsOf({ model, response_format })).toEqual(forms);
});
