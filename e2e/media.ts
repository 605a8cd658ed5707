import { spawnSync } from 'node:child_process';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Reads a PNG's head. Throws where the bytes are not one, or end too early. */
export function imageSizeOf(bytes: Uint8Array): { width: number; height: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!PNG.every((byte, i) => view[i] === byte)) throw new Error('not a PNG');
  if (view.subarray(-8, -4).toString('latin1') !== 'IEND') throw new Error('a PNG without its end');
  return { width: view.readUInt32BE(16), height: view.readUInt32BE(20) };
}

/** The names of an MP4's top boxes, in order. Throws where they do not fill the file exactly. */
export function mp4Boxes(bytes: Uint8Array): string[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names: string[] = [];
  for (let at = 0; at < view.length;) {
    const short = view.readUInt32BE(at);
    const size = short === 1 ? Number(view.readBigUInt64BE(at + 8)) : short === 0 ? view.length - at : short;
    if (size < 8 || at + size > view.length) throw new Error(`a broken box at ${at}`);
    names.push(view.toString('latin1', at + 4, at + 8));
    at += size;
  }
  return names;
}

/** What ffprobe says of a file: seconds, width and height. Null where there is no ffprobe. */
export function probe(file: string): { seconds: number; width: number; height: number } | null {
  const args = ['-v', 'error', '-show_entries', 'stream=width,height:format=duration', '-of', 'json', file];
  const { status, stdout, error } = spawnSync('ffprobe', args, { encoding: 'utf8' });
  if (error) return null;
  if (status !== 0) throw new Error('ffprobe cannot read the file');
  const said = JSON.parse(stdout) as { format: { duration: string }; streams: { width: number; height: number }[] };
  return {
    seconds: Number(said.format.duration),
    width: said.streams[0]?.width ?? 0,
    height: said.streams[0]?.height ?? 0,
  };
}
