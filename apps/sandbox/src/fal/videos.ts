import { ratioOf } from '../rendering/asked-size.js';
import type { FieldProblem, Media, Size } from '../rendering/media.js';
import { askedVideo, type VideoRenderer } from '../rendering/video-renderer.js';

const LONGEST_SECONDS = 60;
const LONGEST_PROMPT = 20_000;
/** The shorter side if the input does not have a resolution. */
const USUAL_LINES = 720;

/**
 * Reads the input of any video app: `prompt`, `duration` ("5", "5s" or 5), `aspect_ratio` and `resolution` ("1080p").
 */
export function planVideo(
  renderer: VideoRenderer,
  app: string,
  input: Readonly<Record<string, unknown>>,
): Media | FieldProblem {
  const { prompt, duration = 5, aspect_ratio: shape = '16:9', resolution } = input;
  if (typeof prompt !== 'string' || prompt === '') return { field: 'prompt', message: 'Field required' };
  if (prompt.length > LONGEST_PROMPT) {
    return { field: 'prompt', message: `String should have at most ${LONGEST_PROMPT} characters` };
  }
  const seconds = Number(String(duration).replace(/s$/, ''));
  if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) return { field: 'duration', message: 'unexpected value' };
  const ratio = shape === 'auto' ? 16 / 9 : ratioOf(shape);
  if (ratio === null) return { field: 'aspect_ratio', message: 'unexpected value' };
  const size = frameOf(ratio, linesOf(resolution));
  const caption = `${app} · ${seconds} s · ${size.width} × ${size.height}`;
  return askedVideo(renderer, { prompt, caption, seconds, ...size });
}

/** "720p" is 720 lines on the shorter side, "4k" 2160. */
function linesOf(resolution: unknown): number {
  if (typeof resolution !== 'string') return USUAL_LINES;
  if (/^4k$/i.test(resolution)) return 2160;
  const lines = Number(/^(\d{3,4})p$/i.exec(resolution)?.[1] ?? USUAL_LINES);
  return Math.min(2160, lines);
}

function frameOf(ratio: number, lines: number): Size {
  const even = (side: number): number => Math.round(side / 2) * 2;
  return ratio >= 1
    ? { width: even(lines * ratio), height: even(lines) }
    : { width: even(lines), height: even(lines / ratio) };
}
