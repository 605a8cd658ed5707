import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureVideo } from './index.js';

/** 64x48 pixels, 40 frames at 8 per second, with its header behind the media data. */
const readFixture = (): Promise<Buffer> => readFile(join(import.meta.dirname, '../test/five-seconds.mp4'));

describe('measureVideo', () => {
  it('reads duration and size of an MP4', async () => {
    expect(measureVideo(await readFixture())).toEqual({ durationSeconds: 5, width: 64, height: 48 });
  });

  it('skips media data that lies before the header', async () => {
    const bytes = await readFixture();
    const padding = Buffer.alloc(3_000_000);
    padding.writeUInt32BE(padding.length, 0);
    padding.write('mdat', 4, 'latin1');
    const typeBoxLength = bytes.readUInt32BE(0);
    const padded = Buffer.concat([bytes.subarray(0, typeBoxLength), padding, bytes.subarray(typeBoxLength)]);
    expect(measureVideo(padded)).toEqual({ durationSeconds: 5, width: 64, height: 48 });
  });

  it('reports the size as shown if the frames are turned by 90 degrees', async () => {
    const bytes = await readFixture();
    const matrix = bytes.indexOf('tkhd') + 44;
    for (const [index, value] of [0, 0x10000, 0, -0x10000, 0].entries()) bytes.writeInt32BE(value, matrix + index * 4);
    expect(measureVideo(bytes)).toMatchObject({ width: 48, height: 64 });
  });

  it('returns null for a truncated MP4, another container and text', async () => {
    const bytes = await readFixture();
    const files = [bytes.subarray(0, 700), Buffer.from('1a45dfa3', 'hex'), Buffer.from('a text'), Buffer.alloc(0)];
    expect(files.map(measureVideo)).toEqual([null, null, null, null]);
  });
});
