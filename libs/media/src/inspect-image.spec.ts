import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { looksLikeImage, inspectImage as inspect, type ImageVerdict } from './index.js';

const inspectPicture = (bytes: Uint8Array): Promise<ImageVerdict> => inspect(async () => bytes);

const noise = (width = 60, height = 40) =>
  sharp({
    create: { width, height, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  });
const clear = sharp({ create: { width: 8, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });

/** The same PNG with other dimensions in its header: a few bytes that claim to be a huge picture. */
function claiming(png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

describe('a picture that a client sent', () => {
  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('is measured: %s', async (format) => {
    expect(await inspectPicture(await noise().toFormat(format).toBuffer())).toMatchObject({
      ok: true,
      picture: { contentType: `image/${format}`, width: 60, height: 40 },
    });
  });

  it('is measured as it is shown', async () => {
    const turned = await noise().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await inspectPicture(turned)).toMatchObject({ picture: { width: 40, height: 60 } });
  });

  it('tells whether it can be transparent', async () => {
    expect(await inspectPicture(await clear.clone().png().toBuffer())).toMatchObject({ picture: { hasAlpha: true } });
    expect(await inspectPicture(await noise().png().toBuffer())).toMatchObject({ picture: { hasAlpha: false } });
  });

  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('is damaged where it ends early: %s', async (format) => {
    const whole = await noise(120, 90).toFormat(format).toBuffer();
    expect(await inspectPicture(whole.subarray(0, whole.length - 400))).toEqual({ ok: false, reason: 'damaged' });
  });

  it('is refused by the size that its header claims, before it is decoded', async () => {
    const small = await noise().png().toBuffer();
    // Decoding it would find it damaged: what it claims is not there.
    expect(await inspectPicture(claiming(small, 100, 100))).toEqual({ ok: false, reason: 'damaged' });
    expect(await inspectPicture(claiming(small, 10_000, 10_000))).toEqual({ ok: false, reason: 'too-large' });
  });

  it.each([
    ['text', async () => Buffer.from('hello')],
    ['nothing', async () => Buffer.alloc(0)],
    ['SVG', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')],
    ['TIFF', () => noise().tiff().toBuffer()],
    ['AVIF', () => noise().avif().toBuffer()],
    ['BMP', async () => Buffer.concat([Buffer.from('BM'), Buffer.alloc(100, 1)])],
  ])('is not %s', async (_name, made) => {
    const bytes = await made();
    expect(await looksLikeImage(bytes)).toBe(false);
    expect(await inspectPicture(bytes)).toEqual({ ok: false, reason: 'unsupported' });
  });
});
