// @ts-check
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

const { createH264MP4Encoder } = createRequire(import.meta.url)('h264-mp4-encoder');

/** RGBA pixels, as little-endian numbers. */
const WHITE = 0xffffffff;
const DARK = 0xff202020;

/**
 * Encodes a still with a progress bar that runs over it.
 * @param {{rgba: Uint8Array, width: number, height: number, frames: number, seconds: number}} task
 */
async function encode({ rgba, width, height, frames, seconds }) {
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const margin = Math.round(Math.min(width, height) * 0.07);
  const fillBar = (/** @type {number} */ colour, /** @type {number} */ share) => {
    const length = Math.round((width - 2 * margin) * share);
    for (let row = height - Math.round(margin * 0.55); row < height - Math.round(margin * 0.3); row += 1) {
      pixels.fill(colour, row * width + margin, row * width + margin + length);
    }
  };
  const encoder = await createH264MP4Encoder();
  // Every frame is a key frame: the file has no table of them, and players seek to any frame.
  Object.assign(encoder, { width, height, frameRate: 1, speed: 10, quantizationParameter: 26, groupOfPictures: 1 });
  encoder.initialize();
  fillBar(DARK, 1);
  for (let frame = 1; frame <= frames; frame += 1) {
    fillBar(WHITE, frame / frames);
    encoder.addFrameRgba(rgba);
  }
  encoder.finalize();
  const file = encoder.FS.readFile(encoder.outputFilename).slice();
  encoder.FS.unlink(encoder.outputFilename);
  encoder.delete();
  scaleClocks(file, frames / seconds);
  return file;
}

/**
 * Makes the clocks of an MP4 file run faster. The encoder takes whole frames per second only; with one, and faster
 * clocks, a few frames last as long as they should.
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

parentPort?.on('message', async ({ task, port }) => {
  try {
    const value = await encode(task);
    port.postMessage({ value }, [value.buffer]);
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
});
