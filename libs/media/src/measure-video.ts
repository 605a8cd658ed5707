import { createFile, Log, MP4BoxBuffer, type Movie } from 'mp4box';

export interface VideoMeasure {
  /** To the millisecond; null if the file does not say. */
  durationSeconds: number | null;
  /** As shown, in pixels. */
  width: number;
  height: number;
}

// The parser prints errors to the console, past our log; `onError` receives them too.
Log.error = (_module, message, file) => file?.onError?.('mp4box', message ?? '');

/** Media data between the headers is skipped, not read. */
const CHUNK_BYTES = 256 * 1024;

/** Reads the headers of an MP4. Null for other containers, damaged files, and files without a video track. */
export function measureVideo(bytes: Uint8Array): VideoMeasure | null {
  try {
    const movie = readMovie(bytes);
    const track = movie?.videoTracks[0];
    if (movie === null || track === undefined) return null;
    const [width, height] = [
      Math.round(track.track_width) || (track.video?.width ?? 0),
      Math.round(track.track_height) || (track.video?.height ?? 0),
    ];
    if (width <= 0 || height <= 0) return null;
    const seconds = track.samples_duration / track.timescale || movie.duration / movie.timescale;
    const durationSeconds = seconds > 0 && Number.isFinite(seconds) ? Math.round(seconds * 1000) / 1000 : null;
    // A matrix without its diagonal turns the frames by 90 degrees.
    const isTurned = track.matrix[0] === 0 && track.matrix[4] === 0;
    return isTurned ? { durationSeconds, width: height, height: width } : { durationSeconds, width, height };
  } catch {
    return null; // The parser throws on some damaged files instead of calling `onError`.
  }
}

function readMovie(bytes: Uint8Array): Movie | null {
  const file = createFile(false);
  let failed = false;
  file.onError = () => {
    failed = true;
  };
  for (let at = 0; at < bytes.byteLength && !failed;) {
    const end = Math.min(at + CHUNK_BYTES, bytes.byteLength);
    // Not `slice`: that of a Buffer shares its memory.
    const copy = new Uint8Array(bytes.subarray(at, end)).buffer;
    const next = file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(copy, at), end === bytes.byteLength);
    // Fragmented files carry their duration in every fragment; the others are complete with their header.
    if (file.moov !== undefined && !file.getInfo().isFragmented) break;
    at = Math.max(end, next ?? end);
  }
  return failed || file.moov === undefined ? null : file.getInfo();
}
