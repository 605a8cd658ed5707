import { createHash, randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { describeWithS3, startS3Server, type S3Server } from '@lumenfall/testing';
import { BucketClient } from './bucket-client.js';
import { openMediaStore, type MediaStore } from './index.js';
import { readMediaLocation } from './media-location.js';

const HOUR = 3_600_000;
const MB = 1024 * 1024;
const options = (expiresAt = Date.now() + HOUR) => ({ contentType: 'image/png', extension: 'png', expiresAt });

describeWithS3('the media store in a bucket', (program) => {
  let server: S3Server;
  let store: MediaStore;
  let client: BucketClient;
  let url: string;
  beforeAll(async () => {
    server = await startS3Server(program);
    // The SDK's own way to find them: they are in no address and no configuration of ours.
    process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
    url = `s3://${server.bucket}/a/folder?endpoint=${server.endpoint}`;
    store = await openMediaStore({ url });
    const location = readMediaLocation({ url });
    if (location.kind !== 'bucket') throw new Error('not a bucket');
    client = new BucketClient(location);
  });
  afterAll(async () => {
    client.close();
    await store.close();
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    await server.stop();
  });

  const keys = async (): Promise<string[]> => {
    const all: string[] = [];
    for await (const page of client.keys('')) all.push(...page);
    return all.sort();
  };
  afterEach(async () => {
    const left = await keys();
    if (left.length > 0) await client.remove(left);
  });

  async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index += 1) yield Buffer.alloc(bytes, index);
  }

  it('gives back what it was given, whole and in ranges', async () => {
    const saved = await store.save(Buffer.from('0123456789'), options());
    const file = await store.open(saved.name);
    expect(file).toMatchObject({ sizeBytes: 10, contentType: 'image/png', expiresAt: saved.expiresAt });
    expect(Buffer.from((await file?.bytes()) ?? []).toString()).toBe('0123456789');
    expect(file && (await text(file.stream({ start: 2, end: 4 })))).toBe('234');
    expect(file && (await text(file.stream({ start: 9, end: 9 })))).toBe('9');
    expect(await keys()).toEqual([`a/folder/${saved.name}`]);
  });

  it('takes small streams at once and large ones in parts', async () => {
    const small = await store.saveStream(pieces(3, 10), { ...options(), maxBytes: 30 });
    expect(small).toMatchObject({ sizeBytes: 30 });
    const bytes = randomBytes(20 * MB);
    async function* cut(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    }
    const large = await store.saveStream(cut(), { ...options(), maxBytes: 50 * MB });
    expect(large).toMatchObject({ sizeBytes: bytes.length });
    const back = (await (await store.open(large?.name ?? ''))?.bytes()) ?? new Uint8Array();
    const hash = (one: Uint8Array): string => createHash('sha256').update(one).digest('hex');
    expect(hash(back)).toBe(hash(bytes));
  });

  it.each([
    ['small', 10, 30],
    ['large', MB, 20 * MB],
  ])('keeps nothing of a %s stream that is too long', async (_size, piece, maxBytes) => {
    expect(await store.saveStream(pieces(maxBytes / piece + 1, piece), { ...options(), maxBytes })).toBeNull();
    expect([await keys(), await client.unfinishedUploads('')]).toEqual([[], []]);
  });

  it('keeps nothing of a large stream that breaks off', async () => {
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* pieces(20, MB);
      throw new Error('the client is gone');
    }
    await expect(store.saveStream(breaking(), { ...options(), maxBytes: 50 * MB })).rejects.toThrow(
      'the client is gone',
    );
    expect([await keys(), await client.unfinishedUploads('')]).toEqual([[], []]);
  });

  it('does not open what is not there, expired, or none of ours', async () => {
    const { name } = await store.save(Buffer.from('old'), options(Date.now() - 1));
    expect(await keys()).toEqual([`a/folder/${name}`]);
    expect(await store.open(name)).toBeNull();
    await client.put('a/secret.png', Buffer.from('x'), { contentType: 'image/png', cacheControl: 'private' });
    for (const other of ['../secret.png', 'secret.png', '', name.replace(/.\.png$/, 'A.png')]) {
      expect(await store.open(other)).toBeNull();
      expect(await store.remove(other)).toBe(false);
    }
  });

  it('removes a file once', async () => {
    const { name } = await store.save(Buffer.from('x'), options());
    expect(await store.remove(name)).toBe(true);
    expect(await store.remove(name)).toBe(false);
    expect(await keys()).toEqual([]);
  });

  it('sweeps what expired and what a crash left, and nothing else', async () => {
    const kept = await store.save(Buffer.from('kept'), options());
    await Promise.all(Array.from({ length: 20 }, () => store.save(Buffer.from('gone'), options(Date.now() - 1))));
    const facts = { contentType: 'image/png', cacheControl: 'private' };
    await client.put('a/folder/not ours', Buffer.from('x'), facts);
    await client.put('elsewhere.png', Buffer.from('x'), facts);
    const begun = kept.name.replace(/.\.png$/, 'B.png');
    await client.beginUpload(`a/folder/${begun}`, facts);

    expect(await store.sweep(Date.now())).toBe(20);
    expect(await keys()).toEqual([`a/folder/${kept.name}`, 'a/folder/not ours', 'elsewhere.png'].sort());
    expect(await client.unfinishedUploads('')).toHaveLength(1);

    // Two hours later: the upload that was never finished is nobody's any more, and the file has had its time.
    expect(await store.sweep(Date.now() + 2 * HOUR)).toBe(2);
    expect(await keys()).toEqual(['a/folder/not ours', 'elsewhere.png']);
    expect(await client.unfinishedUploads('')).toEqual([]);
  });

  it('finds what expired behind more objects than one page of the list holds', async () => {
    const facts = { contentType: 'image/png', cacheControl: 'private' };
    const names = Array.from({ length: 1_050 }, (_, index) => `a/folder/0-other-${String(index).padStart(4, '0')}`);
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((key) => client.put(key, Buffer.from('x'), facts)));
    }
    const { name } = await store.save(Buffer.from('gone'), options(Date.now() - 1));
    expect(await store.sweep(Date.now())).toBe(1);
    expect(await keys()).not.toContain(`a/folder/${name}`);
  });

  it('says in one line that its bucket cannot be used', async () => {
    await expect(openMediaStore({ url: `s3://nobody?endpoint=${server.endpoint}` })).rejects.toThrow(
      /^The media bucket nobody cannot be used: .+/,
    );
  });
});
