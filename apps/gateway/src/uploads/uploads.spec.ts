import type { StoredFile } from '@lumenfall/contracts';
import { Uploads } from './uploads.js';

const MB = 1024 * 1024;
/** A PNG's signature and the header of its first chunk. */
const HEAD = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010802000000', 'hex');

/** A store that reports this size for every file. */
function storeOf(sizeBytes: number) {
  const stored = new Set<string>();
  return {
    stored,
    open: async () => null,
    remove: async (name: string) => stored.delete(name),
    saveStream: async (
      bytes: AsyncIterable<Uint8Array>,
      { maxBytes }: { maxBytes: number },
    ): Promise<StoredFile | null> => {
      for await (const _piece of bytes);
      if (sizeBytes > maxBytes) return null;
      const name = `file-${stored.size}`;
      stored.add(name);
      return { name, contentType: 'image/png', sizeBytes, expiresAt: 0 };
    },
  };
}

async function* anImage(): AsyncGenerator<Uint8Array> {
  yield HEAD;
}

describe('the uploads of one request', () => {
  it.each([
    ['one after the other', async (take: () => Promise<boolean>) => [await take(), await take(), await take()]],
    ['at the same time', (take: () => Promise<boolean>) => Promise.all([take(), take(), take()])],
  ])('are refused beyond 256 MB together, if sent %s', async (_how, all) => {
    const store = storeOf(50 * MB);
    const uploads = new Uploads(store);
    const take = async (): Promise<boolean> => (await uploads.take('image', anImage())).ok;
    expect([await all(take), await all(take)]).toEqual([
      [true, true, true],
      [true, true, false],
    ]);
    await uploads.discard();
    expect([...store.stored]).toEqual([]);
  });

  it('are refused beyond the limit of their kind of request, which the error names', async () => {
    const uploads = new Uploads(storeOf(50 * MB), { bytes: 80 * MB, lifetimeMs: 1_000 });
    expect((await uploads.take('input_reference', anImage())).ok).toBe(true);
    expect(await uploads.take('input_reference', anImage())).toMatchObject({
      ok: false,
      error: {
        code: 'PAYLOAD_TOO_LARGE',
        message: 'input_reference: the files are too large: at most 80 MB together',
      },
    });
  });
});
