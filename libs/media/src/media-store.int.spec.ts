import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openMediaStore } from './index.js';

const HOUR = 3_600_000;
const options = (expiresAt: number) => ({ contentType: 'image/png', extension: 'png', expiresAt });

describe('the media store in a folder', () => {
  let dir: string;
  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'media-'))));
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('returns stored bytes, whole and in ranges, and lets only its user read the file', async () => {
    const store = await openMediaStore({ dir: join(dir, 'made', 'here') });
    const saved = await store.save(Buffer.from('0123456789'), options(Date.now() + HOUR));

    const file = await store.open(saved.name);
    expect(file).toMatchObject({ sizeBytes: 10, contentType: 'image/png', expiresAt: saved.expiresAt });
    expect(Buffer.from((await file?.bytes()) ?? []).toString()).toBe('0123456789');
    expect(file && (await text(file.stream({ start: 2, end: 4 })))).toBe('234');
    expect((await stat(join(dir, 'made', 'here', saved.name))).mode & 0o777).toBe(0o600);
  });

  it('leaves no partial files beside the stored files', async () => {
    const store = await openMediaStore({ dir });
    const saved = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.save(Buffer.from([index]), options(Date.now() + HOUR))),
    );
    expect((await readdir(dir)).sort()).toEqual(saved.map((file) => file.name).sort());
  });

  it('stores a stream up to its limit', async () => {
    const store = await openMediaStore({ dir });
    const pieces = async function* (count: number) {
      for (let index = 0; index < count; index += 1) yield Buffer.alloc(10, 'x');
    };
    const limited = { ...options(Date.now() + HOUR), maxBytes: 30 };
    const saved = await store.saveStream(pieces(3), limited);
    expect(saved).toMatchObject({ sizeBytes: 30 });
    expect(await store.saveStream(pieces(4), limited)).toBeNull();
    expect(await readdir(dir)).toEqual([saved?.name]);
  });

  it('stores nothing of a stream whose source fails', async () => {
    const store = await openMediaStore({ dir });
    const breaking = async function* () {
      yield Buffer.from('some');
      throw new Error('the client is gone');
    };
    await expect(store.saveStream(breaking(), { ...options(Date.now() + HOUR), maxBytes: 30 })).rejects.toThrow(
      'the client is gone',
    );
    expect(await readdir(dir)).toEqual([]);
  });

  it('does not open an expired file before the sweep has removed it', async () => {
    const store = await openMediaStore({ dir });
    const { name } = await store.save(Buffer.from('old'), options(Date.now() - 1));
    expect(await readdir(dir)).toEqual([name]);
    expect(await store.open(name)).toBeNull();
  });

  it.each(['../secret', 'secret', '/etc/passwd', 'm-0123456789012345678901.png'])(
    'neither opens nor removes the foreign name %s',
    async (name) => {
      await writeFile(join(dir, 'secret'), 'x');
      const store = await openMediaStore({ dir });
      expect(await store.open(name)).toBeNull();
      expect(await store.remove(name)).toBe(false);
      expect(await readdir(dir)).toEqual(['secret']);
    },
  );

  it('removes a file once', async () => {
    const store = await openMediaStore({ dir });
    const { name } = await store.save(Buffer.from('x'), options(Date.now() + HOUR));
    expect(await store.remove(name)).toBe(true);
    expect(await store.remove(name)).toBe(false);
  });

  it('sweeps expired files and abandoned partial files, and nothing else', async () => {
    const store = await openMediaStore({ dir });
    const kept = await store.save(Buffer.from('kept'), options(Date.now() + HOUR));
    await store.save(Buffer.from('gone'), options(Date.now() - 1));
    await writeFile(join(dir, 'young.part'), '');
    await writeFile(join(dir, 'old.part'), '');
    await utimes(join(dir, 'old.part'), new Date(Date.now() - 2 * HOUR), new Date(Date.now() - 2 * HOUR));
    await writeFile(join(dir, 'unrelated'), '');

    expect(await store.sweep(Date.now())).toBe(2);
    expect((await readdir(dir)).sort()).toEqual([kept.name, 'unrelated', 'young.part'].sort());
  });

  it('keeps no file beyond its expiry, for any creation time and any time of the sweep', async () => {
    const store = await openMediaStore({ dir });
    const now = Date.now();
    // Uploads (20 minutes), images (an hour) and retained media (7 and 30 days), created at any time until now.
    const lifetimes = [20 * 60_000, HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR];
    const saved = await Promise.all(
      Array.from({ length: 120 }, (_, index) => {
        const lifetime = lifetimes[index % lifetimes.length] ?? HOUR;
        return store.save(Buffer.from('x'), options(now + Math.round(lifetime * ((index * 0.618) % 1))));
      }),
    );
    for (const later of [0, 5 * 60_000, HOUR, 24 * HOUR, 10 * 24 * HOUR, 31 * 24 * HOUR]) {
      const left = saved.filter(({ expiresAt }) => expiresAt > now + later).map(({ name }) => name);
      await store.sweep(now + later);
      expect((await readdir(dir)).sort()).toEqual(left.sort());
    }
    expect(await readdir(dir)).toEqual([]);
  });

  it('rejects in one line if the folder cannot be written', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(openMediaStore({ dir: join(dir, 'file', 'below') })).rejects.toThrow(
      /media folder .* cannot be written: ENOTDIR/,
    );
    await expect(openMediaStore({ dir: '/proc/nothing/here' })).rejects.toThrow(/cannot be written: /);
  });
});
