import type { OpenFile } from '@lumenfall/media';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { answerWithFiles } from './answer-with-files.js';

/** A file that is read in pieces of these sizes. */
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

describe('an answer with files', () => {
  it.each([
    [[1], 5],
    [[2, 3], 100],
    [[4], 1_000],
    [[65_536], 200_001],
    [[7], 0],
  ])('read in pieces of %j is the answer with their base64, and as long as it says', async (sizes, length) => {
    const files = [randomBytes(length), randomBytes(length + 1), randomBytes(length + 2)];
    const answerOf = (text: string): object => ({ prompt: 'a "cat", ♥', data: files.map(() => ({ b64_json: text })) });
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
  });

  it('breaks off where a file does', async () => {
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
