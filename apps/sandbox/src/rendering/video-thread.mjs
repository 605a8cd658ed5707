// @ts-check
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

const { createH264MP4Encoder } = createRequire(import.meta.url)('h264-mp4-encoder');

const WHITE = 235;
const NEUTRAL = 128;

/**
 * From packed RGB to the three planes the encoder takes (BT.601, colours at half size).
 * @param {Uint8Array} rgb @param {number} width @param {number} height
 */
function planes(rgb, width, height) {
  const half = width >> 1;
  const yuv = new Uint8Array((width * height * 3) / 2);
  const u = width * height;
  const v = u + half * (height >> 1);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const at = (row * width + column) * 3;
      const [r, g, b] = [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0];
      yuv[row * width + column] = 16 + 0.257 * r + 0.504 * g + 0.098 * b;
      if ((row | column) & 1) continue;
      const colour = (row >> 1) * half + (column >> 1);
      yuv[u + colour] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      yuv[v + colour] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  }
  return yuv;
}

/**
 * Fills a rectangle with white, or darkens it; all coordinates are even.
 * @param {Uint8Array} yuv @param {{width: number, height: number}} size
 * @param {{left: number, top: number, right: number, bottom: number}} box @param {boolean} bright
 */
function fill(yuv, { width, height }, box, bright) {
  for (let row = box.top; row < box.bottom; row += 1) {
    const start = row * width;
    if (bright) yuv.fill(WHITE, start + box.left, start + box.right);
    else for (let at = start + box.left; at < start + box.right; at += 1) yuv[at] = (yuv[at] ?? 0) * 0.6;
  }
  if (!bright) return;
  const half = width >> 1;
  for (const plane of [width * height, width * height + half * (height >> 1)]) {
    for (let row = box.top >> 1; row < box.bottom >> 1; row += 1) {
      yuv.fill(NEUTRAL, plane + row * half + (box.left >> 1), plane + row * half + (box.right >> 1));
    }
  }
}

/**
 * Makes the clocks of an MP4 file run faster. The encoder takes whole frames per second only; with one, and faster clocks, a
 * few frames last as long as they should.
 * @param {Uint8Array} file @param {number} factor
 */
function scaleClocks(file, factor) {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  for (const header of ['mvhd', 'mdhd']) {
    // Behind the name: version and flags, creation and modification time, 4 bytes each.
    const at = view.indexOf(header) + 16;
    view.writeUInt32BE(Math.round(view.readUInt32BE(at) * factor), at);
  }
}

const even = (/** @type {number} */ value) => Math.round(value / 2) * 2;

/**
 * Encodes a still with a progress bar that runs over it.
 * @param {{rgb: Uint8Array, width: number, height: number, frames: number, seconds: number}} task
 */
async function encode({ rgb, width, height, frames, seconds }) {
  const size = { width, height };
  const yuv = planes(rgb, width, height);
  const margin = even(Math.min(width, height) * 0.07);
  const bar = {
    left: margin,
    right: width - margin,
    top: height - even(margin * 0.55),
    bottom: height - even(margin * 0.3),
  };
  fill(yuv, size, bar, false);
  const encoder = await createH264MP4Encoder();
  Object.assign(encoder, {
    width,
    height,
    frameRate: 1,
    speed: 10,
    quantizationParameter: 26,
    // Every frame is a key frame: the file has no table of them, and players seek to any frame.
    groupOfPictures: 1,
  });
  encoder.initialize();
  for (let frame = 1; frame <= frames; frame += 1) {
    const right = bar.left + even(((bar.right - bar.left) * frame) / frames);
    fill(yuv, size, { ...bar, right }, true);
    encoder.addFrameYuv(yuv);
  }
  encoder.finalize();
  const file = encoder.FS.readFile(encoder.outputFilename).slice();
  encoder.FS.unlink(encoder.outputFilename);
  encoder.delete();
  scaleClocks(file, frames / seconds);
  return file;
}

parentPort?.on('message', async ({ id, task }) => {
  try {
    const value = await encode(task);
    parentPort?.postMessage({ id, value }, [value.buffer]);
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) });
  }
});
