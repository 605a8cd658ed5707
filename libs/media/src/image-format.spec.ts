import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { convertImage, measureImage, sniffContentType, type ImageFormat } from './index.js';

const image = (width = 40, height = 20) =>
  sharp({ create: { width, height, channels: 4, background: { r: 200, g: 20, b: 20, alpha: 0.5 } } });

/** The same PNG with other dimensions in its header. */
function claiming(png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

describe('image conversion', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)(
    'converts to %s and measures the result',
    async (format: ImageFormat) => {
      const made = await convertImage(await image().png().toBuffer(), { format, compression: null });
      expect(await measureImage(made)).toEqual({ width: 40, height: 20, format });
    },
  );

  it('makes smaller files with more compression', async () => {
    const noise = await sharp({
      create: {
        width: 200,
        height: 200,
        channels: 3,
        background: '#000',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    })
      .png()
      .toBuffer();
    const [low, high] = await Promise.all(
      [10, 95].map((compression) => convertImage(noise, { format: 'jpeg', compression })),
    );
    expect(low?.byteLength).toBeLessThan((high?.byteLength ?? 0) / 3);
  });

  it('measures turned images as they are shown', async () => {
    const turned = await image().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await measureImage(turned)).toEqual({ width: 20, height: 40, format: 'jpeg' });
    expect(await measureImage(await convertImage(turned, { format: 'png', compression: null }))).toMatchObject({
      width: 20,
      height: 40,
    });
  });

  it('shows transparent areas as white in formats without transparency', async () => {
    const clear = await sharp({
      create: { width: 2, height: 2, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const { data } = await sharp(await convertImage(clear, { format: 'jpeg', compression: null }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data[0]).toBeGreaterThan(250);
  });

  it('refuses images with too many pixels before decoding them', async () => {
    const small = await image().png().toBuffer();
    expect(await measureImage(claiming(small, 16_384, 8_192))).toMatchObject({ width: 16_384, height: 8_192 });
    expect(await measureImage(claiming(small, 16_385, 8_192))).toBeNull();
  });

  it.each([
    ['text', 'hello'],
    ['HTML', '<html><body>error</body></html>'],
    ['SVG', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'],
    ['a bare PNG signature', '\x89PNG\r\n\x1a\n'],
    ['nothing', ''],
  ])('does not measure %s', async (_name, content) => {
    expect(await measureImage(Buffer.from(content, 'latin1'))).toBeNull();
  });
});

describe('sniffContentType', () => {
  it('detects the type by the bytes', async () => {
    expect(await sniffContentType(await image().webp().toBuffer())).toEqual({
      contentType: 'image/webp',
      extension: 'webp',
    });
    const mp4 = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom\0\0\x02\0isomiso2', 'latin1')]);
    expect(await sniffContentType(mp4)).toEqual({ contentType: 'video/mp4', extension: 'mp4' });
    expect(await sniffContentType(Buffer.from('%PDF-1.7 and more'))).toBeNull();
  });
});
