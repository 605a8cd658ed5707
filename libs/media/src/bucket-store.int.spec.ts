import { CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { describeWithS3, startS3Server, type S3Server } from '@lumenfall/testing';
import { BucketClient, createS3Client } from './bucket-client.js';
import { openMediaStore, type MediaStore } from './index.js';
import { readMediaLocation } from './media-location.js';

const HOUR = 3_600_000;
const MB = 1024 * 1024;
const options = (expiresAt = Date.now() + HOUR) => ({ contentType: 'image/png', extension: 'png', expiresAt });

describeWithS3('the media store in a bucket', (program) => {
  let server: S3Server;
  let store: MediaStore;
  let client: BucketClient;
  let s3: S3Client;
  let url: string;
  beforeAll(async () => {
    server = await startS3Server(program);
    // Read by the SDK: neither the URL nor our configuration carries credentials.
    process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
    url = `s3://${server.bucket}/a/folder?endpoint=${server.endpoint}`;
    store = await openMediaStore({ url });
    const location = readMediaLocation({ url });
    if (location.kind !== 'bucket') throw new Error('not a bucket');
    client = new BucketClient(location);
    s3 = createS3Client(location);
  });
  afterAll(async () => {
    client.close();
    s3.destroy();
    await store.close();
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    await server.close();
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

  it('returns stored bytes, whole and in ranges', async () => {
    const saved = await store.save(Buffer.from('0123456789'), options());
    const file = await store.open(saved.name);
    expect(file).toMatchObject({ sizeBytes: 10, contentType: 'image/png', expiresAt: saved.expiresAt });
    expect(Buffer.from((await file?.bytes()) ?? []).toString()).toBe('0123456789');
    expect(file && (await text(file.stream({ start: 2, end: 4 })))).toBe('234');
    expect(file && (await text(file.stream({ start: 9, end: 9 })))).toBe('9');
    expect(await keys()).toEqual([`a/folder/${saved.name}`]);
  });

  it('stores small streams with one request and large ones in parts', async () => {
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
  ])('stores nothing of a %s stream that exceeds its limit', async (_size, piece, maxBytes) => {
    expect(await store.saveStream(pieces(maxBytes / piece + 1, piece), { ...options(), maxBytes })).toBeNull();
    expect([await keys(), await client.unfinishedUploads('')]).toEqual([[], []]);
  });

  it('stores nothing of a large stream whose source fails', async () => {
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* pieces(20, MB);
      throw new Error('the client is gone');
    }
    await expect(store.saveStream(breaking(), { ...options(), maxBytes: 50 * MB })).rejects.toThrow(
      'the client is gone',
    );
    expect([await keys(), await client.unfinishedUploads('')]).toEqual([[], []]);
  });

  it('does not open missing or expired files, nor objects of others', async () => {
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

  it('sweeps expired files and abandoned uploads, and nothing else', async () => {
    const kept = await store.save(Buffer.from('kept'), options());
    await Promise.all(Array.from({ length: 20 }, () => store.save(Buffer.from('gone'), options(Date.now() - 1))));
    const headers = { contentType: 'image/png', cacheControl: 'private' };
    await client.put('a/folder/not ours', Buffer.from('x'), headers);
    await client.put('elsewhere.png', Buffer.from('x'), headers);
    const begun = kept.name.replace(/.\.png$/, 'B.png');
    await s3.send(new CreateMultipartUploadCommand({ Bucket: server.bucket, Key: `a/folder/${begun}` }));

    expect(await store.sweep(Date.now())).toBe(20);
    expect(await keys()).toEqual([`a/folder/${kept.name}`, 'a/folder/not ours', 'elsewhere.png'].sort());
    expect(await client.unfinishedUploads('')).toHaveLength(1);

    // Two hours later the unfinished upload counts as abandoned, and the file has expired.
    expect(await store.sweep(Date.now() + 2 * HOUR)).toBe(2);
    expect(await keys()).toEqual(['a/folder/not ours', 'elsewhere.png']);
    expect(await client.unfinishedUploads('')).toEqual([]);
  });

  it('sweeps expired files beyond the first page of the listing', async () => {
    const headers = { contentType: 'image/png', cacheControl: 'private' };
    const names = Array.from({ length: 1_050 }, (_, index) => `a/folder/0-other-${String(index).padStart(4, '0')}`);
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((key) => client.put(key, Buffer.from('x'), headers)));
    }
    const { name } = await store.save(Buffer.from('gone'), options(Date.now() - 1));
    expect(await store.sweep(Date.now())).toBe(1);
    expect(await keys()).not.toContain(`a/folder/${name}`);
  });

  it('rejects in one line if the bucket cannot be used', async () => {
    await expect(openMediaStore({ url: `s3://missing?endpoint=${server.endpoint}` })).rejects.toThrow(
      /^The media bucket missing cannot be used: .+/,
    );
  });
});
