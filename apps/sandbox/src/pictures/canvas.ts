import { setImmediate as breathe } from 'node:timers/promises';
import type { Colour } from './palette.js';

/** Pixels to lay over a canvas: RGBA, alpha not multiplied in. */
export interface Overlay {
  rgba: Uint8Array;
  width: number;
  height: number;
}

/** So that even the largest picture stops nobody for longer than a few milliseconds. */
const PIXELS_LAID_AT_A_TIME = 250_000;
const PIXELS_PAINTED_AT_A_TIME = 2_000_000;

/** A picture in the making: packed RGB. Painted here rather than in libvips, where the same takes several times as long. */
export class Canvas {
  readonly rgb: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.rgb = new Uint8Array(width * height * 3);
  }

  /**
   * Fills it with a diagonal gradient. Every row is the same strip of colours, begun a little later: one strip is
   * computed, rows are copies, and a PNG of it stays small.
   */
  async paintGradient(colours: readonly Colour[]): Promise<void> {
    const shift = Math.max(1, Math.round(this.width / this.height));
    const length = this.width + shift * (this.height - 1);
    const strip = stripOf(colours, length);
    const rowsAtATime = Math.max(1, Math.floor(PIXELS_PAINTED_AT_A_TIME / this.width));
    for (let row = 0; row < this.height; row += 1) {
      if (row > 0 && row % rowsAtATime === 0) await breathe();
      const start = row * shift * 3;
      this.rgb.set(strip.subarray(start, start + this.width * 3), row * this.width * 3);
    }
  }

  /** Lays pixels over it at a place where they fit. */
  async lay({ rgba, width, height }: Overlay, left: number, top: number): Promise<void> {
    const rowsAtATime = Math.max(1, Math.floor(PIXELS_LAID_AT_A_TIME / width));
    for (let row = 0; row < height; row += 1) {
      if (row > 0 && row % rowsAtATime === 0) await breathe();
      this.#layRow(rgba, row * width * 4, width, ((top + row) * this.width + left) * 3);
    }
  }

  #layRow(rgba: Uint8Array, from: number, pixels: number, to: number): void {
    const { rgb } = this;
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const source = from + pixel * 4;
      const alpha = rgba[source + 3] ?? 0;
      if (alpha === 0) continue;
      const target = to + pixel * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const under = rgb[target + channel] ?? 0;
        rgb[target + channel] = under + (((rgba[source + channel] ?? 0) - under) * alpha) / 255;
      }
    }
  }
}

/** The colours at equal distances, with soft steps between them. */
function stripOf(colours: readonly Colour[], length: number): Uint8Array {
  const strip = new Uint8Array(length * 3);
  const spans = colours.length - 1;
  for (let at = 0; at < length; at += 1) {
    const place = (at / Math.max(1, length - 1)) * spans;
    const span = Math.min(spans - 1, Math.floor(place));
    const part = place - span;
    const soft = part * part * (3 - 2 * part);
    for (let channel = 0; channel < 3; channel += 1) {
      const a = colours[span]?.[channel] ?? 0;
      const b = colours[span + 1]?.[channel] ?? 0;
      strip[at * 3 + channel] = Math.round(a + (b - a) * soft);
    }
  }
  return strip;
}
