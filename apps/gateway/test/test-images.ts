import { once } from 'node:events';
import { createServer } from 'node:http';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';

type Format = 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif';

/** Noise, so that every byte matters. */
export const anImage = (format: Format = 'png', width = 96, height = 64): Promise<Buffer> =>
  sharp({
    create: { width, height, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  })
    .toFormat(format)
    .toBuffer();

/** Fully transparent: every pixel is to be edited. */
export const aMask = (width = 96, height = 64): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .png()
    .toBuffer();

/** A small file that claims to be a huge image. */
export async function aBomb(width = 10_000, height = 10_000): Promise<Buffer> {
  const bytes = Buffer.from(await anImage());
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

/** A photo whose EXIF orientation says how to turn it: 96x64 pixels as stored, red in the left half. */
export const aTurnedPhoto = (orientation: number): Promise<Buffer> =>
  sharp({ create: { width: 96, height: 64, channels: 3, background: '#00f' } })
    .composite([{ input: { create: { width: 48, height: 64, channels: 3, background: '#f00' } }, left: 0, top: 0 }])
    .jpeg({ quality: 100 })
    .withMetadata({ orientation })
    .toBuffer();

/** Opaque, with a transparent left half. */
export const aHalfMask = (width = 96, height = 64): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 1 } } })
    .composite([
      {
        input: { create: { width: width / 2, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 1 } } },
        left: 0,
        top: 0,
        blend: 'dest-out',
      },
    ])
    .png()
    .toBuffer();

export const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9"/></svg>');

/** A 24-bit bitmap of 2 x 2 pixels. */
export const BMP = Buffer.concat([
  Buffer.from('424d460000000000000036000000280000000200000002000000010018000000000010000000', 'hex'),
  Buffer.alloc(32, 7),
]);

export const dataUri = (bytes: Uint8Array, type = 'image/png'): string =>
  `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;

export interface FileServer {
  url: string;
  /** By path; a string is where it redirects to. */
  files: Map<string, Buffer | string>;
  asked: string[];
  close(): Promise<void>;
}

export async function serveFiles(): Promise<FileServer> {
  const files = new Map<string, Buffer | string>();
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const file = files.get(url);
    if (file === undefined) response.writeHead(404).end();
    else if (typeof file === 'string') response.writeHead(302, { location: file }).end();
    else response.end(file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    files,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
