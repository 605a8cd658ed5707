const AREA = 640 * 360;

/** A small frame of about the asked shape; the encoder wants even sides. */
export function frameSizeOf(ratio: number): { width: number; height: number } {
  const shape = Math.min(4, Math.max(1 / 4, ratio));
  const even = (side: number): number => Math.max(2, Math.round(side / 2) * 2);
  return { width: even(Math.sqrt(AREA * shape)), height: even(Math.sqrt(AREA / shape)) };
}
