/** Seconds that an MP4 lasts, from its movie header; what a player shows. */
export function mp4Duration(file: Buffer): number {
  const header = file.indexOf('mvhd');
  if (file.toString('latin1', 4, 8) !== 'ftyp' || header < 0) throw new Error('This is not an MP4 file.');
  const version = file.readUInt8(header + 4);
  const at = header + 8 + (version === 1 ? 16 : 8);
  const timescale = file.readUInt32BE(at);
  const duration = version === 1 ? Number(file.readBigUInt64BE(at + 4)) : file.readUInt32BE(at + 4);
  return duration / timescale;
}

/** Width and height, as a player shows them: `1280x720`. */
export function mp4Size(file: Buffer): string {
  const entry = file.indexOf('avc1', file.indexOf('stsd'));
  if (entry < 0) throw new Error('This is not an MP4 file with H.264 video.');
  return `${file.readUInt16BE(entry + 28)}x${file.readUInt16BE(entry + 30)}`;
}
