import type { ImageRequest } from '@lumenfall/contracts';
import { measureImage } from '@lumenfall/media';
import sharp, { type Sharp } from 'sharp';
import { fetchBytes } from '../../test/scripted-images.js';
import { finishImage, type FinishedImage } from './finish-image.js';

const endpoint = {
  provider: 'gemini',
  baseUrl: 'http://127.0.0.1:9',
  apiKey: 'key',
  credential: 'gemini#test',
  sandbox: true,
} as const;

const plain = (width = 60, height = 40): Sharp =>
  sharp({ create: { width, height, channels: 4, background: { r: 10, g: 80, b: 200, alpha: 0.5 } } });

async function finished(
  bytes: Uint8Array,
  asked: Partial<Pick<ImageRequest, 'outputFormat' | 'outputCompression'>> = {},
): Promise<FinishedImage> {
  const request = { outputFormat: null, outputCompression: null, ...asked };
  const image = { source: { kind: 'bytes', bytes } as const, revisedPrompt: 'better' };
  const ports = { fetchMedia: fetchBytes, endpoint, signal: new AbortController().signal };
  const result = await finishImage(image, request, ports);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('finishImage', () => {
  it('keeps the bytes of an image if no format was requested', async () => {
    const bytes = await plain().webp().toBuffer();
    expect(await finished(bytes)).toEqual({
      bytes,
      contentType: 'image/webp',
      extension: 'webp',
      format: 'webp',
      width: 60,
      height: 40,
      revisedPrompt: 'better',
    });
    expect((await finished(bytes, { outputFormat: 'webp' })).bytes).toBe(bytes);
  });

  it.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)('converts an image to %s', async (outputFormat) => {
    const source = outputFormat === 'png' ? plain().webp() : plain().png();
    const { bytes, ...rest } = await finished(await source.toBuffer(), { outputFormat });
    expect(rest).toMatchObject({ format: outputFormat, contentType: `image/${outputFormat}`, width: 60, height: 40 });
    expect(await measureImage(bytes)).toEqual({ format: outputFormat, width: 60, height: 40 });
  });

  it('compresses lossy formats as requested and leaves lossless ones alone', async () => {
    const noise = sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: '#000',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    });
    const [jpeg, png] = await Promise.all([
      noise.clone().jpeg({ quality: 95 }).toBuffer(),
      noise.clone().png().toBuffer(),
    ]);
    expect((await finished(jpeg, { outputCompression: 10 })).bytes.length).toBeLessThan(jpeg.length / 3);
    expect((await finished(jpeg, { outputCompression: 100 })).bytes).toBe(jpeg);
    expect((await finished(png, { outputCompression: 10 })).bytes).toBe(png);
  });

  it('converts an image that is too large for AVIF to WebP', async () => {
    expect(await finished(await plain(1600, 10).png().toBuffer(), { outputFormat: 'avif' })).toMatchObject({
      format: 'avif',
    });
    expect(await finished(await plain(1601, 10).png().toBuffer(), { outputFormat: 'avif' })).toMatchObject({
      format: 'webp',
      contentType: 'image/webp',
      extension: 'webp',
    });
  });

  it.each([
    ['is a page', Buffer.from('<html>'), {}],
    ['breaks off', null, { outputFormat: 'jpeg' }],
  ] as const)('fails for a file that is not an image', async (_why, bytes, asked) => {
    const broken = bytes ?? (await plain(300, 300).png().toBuffer()).subarray(0, 200);
    await expect(finished(broken, asked)).rejects.toThrow('answered with a file that is not an image');
  });
});
