import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { LRUCache } from 'lru-cache';
import { IdleThread } from '../idle-thread.js';
import { drawImage } from './image-renderer.js';
import type { Media, Size } from './media.js';

export interface VideoSpec extends Size {
  prompt: string;
  caption: string;
  seconds: number;
}

interface EncodeTask extends Size {
  rgba: Uint8Array;
  frames: number;
  seconds: number;
}

const CACHED_BYTES = 16 * 1024 * 1024;
const IDLE_MS = 15_000;
const FRAMES_PER_SECOND = 5;
/** Encoding 720p takes about 40 ms a frame, so a video takes about a second at any size and length. */
const PIXELS_OF_ALL_FRAMES = 12_000_000;
/** Larger videos are made smaller, in the same shape. */
const LARGEST_AREA = 3840 * 2160;
const LARGEST_SIDE = 4096;
/** The encoder's clock. Scaled to the length asked for, it must still be a whole number: then the length is exact. */
const TICKS_PER_SECOND = 90_000;

/** Renders MP4 files (H.264) one after the other, in a thread that ends when it is idle. */
export class VideoRenderer {
  readonly #thread = new IdleThread<EncodeTask, Uint8Array>(
    fileURLToPath(new URL('./video-thread.mjs', import.meta.url)),
    IDLE_MS,
  );
  readonly #cache = new LRUCache<string, Uint8Array, VideoSpec>({
    maxSize: CACHED_BYTES,
    sizeCalculation: (bytes) => bytes.length,
    // A value evicted while it is rendered still goes to its callers.
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => this.#inTurn(() => this.#encode(context)),
  });
  #last: Promise<unknown> = Promise.resolve();

  render(video: VideoSpec): Promise<Uint8Array> {
    const key = createHash('sha1').update(JSON.stringify(video)).digest('base64');
    return this.#cache.forceFetch(key, { context: video });
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #encode({ prompt, caption, seconds, ...asked }: VideoSpec): Promise<Uint8Array> {
    const size = frameSizeOf(asked);
    const frames = framesOf(size, seconds);
    const still = await drawImage({ prompt, caption, ...size });
    return this.#thread.run({ rgba: await still.ensureAlpha().raw().toBuffer(), ...size, frames, seconds });
  }

  /** Waits for the previous video: a still is drawn only when its turn comes, so a long queue takes no memory. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** The size asked for, within the limit; the encoder needs even sides. */
export function frameSizeOf({ width, height }: Size): Size {
  const scale = Math.min(1, LARGEST_SIDE / Math.max(width, height), Math.sqrt(LARGEST_AREA / (width * height)));
  const even = (side: number): number => Math.max(16, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/** Fewer frames the larger they are; the progress bar moves in larger steps then. */
export function framesOf({ width, height }: Size, seconds: number): number {
  const affordable = Math.floor(PIXELS_OF_ALL_FRAMES / (width * height));
  const most = Math.max(2, Math.min(Math.round(seconds * FRAMES_PER_SECOND), affordable));
  const counts = Array.from({ length: most - 1 }, (_, index) => most - index);
  const exact = counts.find((frames) => Number.isInteger((TICKS_PER_SECOND * frames) / seconds));
  return exact ?? most;
}

/** What a request for a video asks for. */
export const askedVideo = (renderer: VideoRenderer, video: VideoSpec): Media => ({
  width: video.width,
  height: video.height,
  seconds: video.seconds,
  count: 1,
  extension: 'mp4',
  make: async () => ({ bytes: await renderer.render(video), contentType: 'video/mp4' }),
});
