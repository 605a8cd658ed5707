import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { inspectImage, looksLikeImage, turnImage, type ImageVerdict } from './index.js';

const inspectBytes = (bytes: Uint8Array): Promise<ImageVerdict> => inspectImage(async () => bytes);

const noise = (width = 60, height = 40) =>
  sharp({
    create: { width, height, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  });
const clear = sharp({ create: { width: 8, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });

/** The same PNG with other dimensions in its header: a small file that claims to be a huge image. */
function claiming(png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

describe('inspectImage', () => {
  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('measures a %s', async (format) => {
    expect(await inspectBytes(await noise().toFormat(format).toBuffer())).toMatchObject({
      ok: true,
      image: { contentType: `image/${format}`, width: 60, height: 40 },
    });
  });

  it('measures a turned photo as it is shown', async () => {
    const turned = await noise().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await inspectBytes(turned)).toMatchObject({ image: { width: 40, height: 60 } });
  });

  it('reports whether an image has an alpha channel', async () => {
    expect(await inspectBytes(await clear.clone().png().toBuffer())).toMatchObject({ image: { hasAlpha: true } });
    expect(await inspectBytes(await noise().png().toBuffer())).toMatchObject({ image: { hasAlpha: false } });
  });

  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('reports a truncated %s as damaged', async (format) => {
    const whole = await noise(120, 90).toFormat(format).toBuffer();
    expect(await inspectBytes(whole.subarray(0, whole.length - 400))).toEqual({ ok: false, reason: 'damaged' });
  });

  it('judges the size by the header, before the image is decoded', async () => {
    const small = await noise().png().toBuffer();
    // Decoding would find it damaged: it has fewer pixels than its header claims.
    expect(await inspectBytes(claiming(small, 100, 100))).toEqual({ ok: false, reason: 'damaged' });
    expect(await inspectBytes(claiming(small, 10_000, 10_000))).toEqual({ ok: false, reason: 'too-large' });
  });

  it.each([
    ['text', async () => Buffer.from('hello')],
    ['nothing', async () => Buffer.alloc(0)],
    ['SVG', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')],
    ['TIFF', () => noise().tiff().toBuffer()],
    ['AVIF', () => noise().avif().toBuffer()],
    ['BMP', async () => Buffer.concat([Buffer.from('BM'), Buffer.alloc(100, 1)])],
  ])('reports %s as unsupported', async (_name, made) => {
    const bytes = await made();
    expect(await looksLikeImage(bytes)).toBe(false);
    expect(await inspectBytes(bytes)).toEqual({ ok: false, reason: 'unsupported' });
  });
});

describe('turnImage', () => {
  /** A gradient, so that every turn of it differs. */
  const gradient = Buffer.from(Array.from({ length: 6 * 4 * 3 }, (_, index) => index * 3));
  const image = () => sharp(gradient, { raw: { width: 6, height: 4, channels: 3 } });
  const pixelsOf = async (bytes: Uint8Array): Promise<{ size: number[]; data: number[] }> => {
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    return { size: [info.width, info.height], data: [...data] };
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns an image as EXIF orientation %i is shown', async (orientation) => {
    const plain = await image().png().toBuffer();
    const shown = await image().withMetadata({ orientation }).png().toBuffer();
    const turned = await turnImage(async () => plain, orientation);
    expect(await pixelsOf(turned)).toEqual(await pixelsOf(await sharp(shown).autoOrient().png().toBuffer()));
  });

  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('keeps the type of a %s and drops its EXIF data', async (format) => {
    const turned = await turnImage(() => noise().toFormat(format).withMetadata({ orientation: 6 }).toBuffer(), 6);
    const { format: type, exif, orientation, width, height } = await sharp(turned).metadata();
    expect([type, exif, orientation, width, height]).toEqual([format, undefined, undefined, 40, 60]);
  });
});
