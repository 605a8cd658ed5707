import { createHash } from 'node:crypto';
import { BoundedMap } from '../memory/bounded-map.js';
import { drawPicture } from '../pictures/draw-picture.js';
import { IdleThread } from '../threads/idle-thread.js';
import { scriptPath } from '../threads/script-path.js';
import { frameSizeOf } from './frame-size.js';

export interface Movie {
  prompt: string;
  caption: string;
  seconds: number;
  /** Width divided by height, as asked; the film itself is small. */
  ratio: number;
}

interface FilmTask {
  rgb: Uint8Array;
  width: number;
  height: number;
  frameRate: number;
  frames: number;
}

const FRAME_RATE = 5;
const CACHED_BYTES = 16 * 1024 * 1024;
const IDLE_MS = 15_000;

/** Makes MP4 files (H.264) one after the other, in a thread that leaves when there is nothing to film. */
export class MovieStudio {
  readonly #thread = new IdleThread<FilmTask, Uint8Array>(scriptPath('movie-thread.mjs'), IDLE_MS);
  readonly #cache = new BoundedMap<string, Uint8Array>(CACHED_BYTES, (bytes) => bytes.length);
  readonly #filming = new Map<string, Promise<Uint8Array>>();
  #last: Promise<unknown> = Promise.resolve();

  async film(movie: Movie): Promise<Uint8Array> {
    const key = createHash('sha1').update(JSON.stringify(movie)).digest('base64');
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const already = this.#filming.get(key);
    if (already !== undefined) return already;
    const filming = this.#inTurn(() => this.#make(movie)).finally(() => this.#filming.delete(key));
    this.#filming.set(key, filming);
    const bytes = await filming;
    this.#cache.set(key, bytes);
    return bytes;
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }

  async #make({ prompt, caption, seconds, ratio }: Movie): Promise<Uint8Array> {
    const { width, height } = frameSizeOf(ratio);
    const { rgb } = await drawPicture({ prompt, caption, width, height });
    return this.#thread.run({
      rgb,
      width,
      height,
      frameRate: FRAME_RATE,
      frames: Math.max(1, Math.round(seconds * FRAME_RATE)),
    });
  }

  /** Waits for the film before: a still is drawn only when its turn has come, so a long queue takes no memory. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
