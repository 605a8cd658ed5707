/** A process that lived this long had recovered: its next death starts the count again. */
const SETTLED_MS = 30_000;

/**
 * How long to wait before a dead process is started again: 200 ms at first, so that a killed worker is back at once,
 * doubled with every quick death, at most 10 s.
 * @param {number} quickDeaths deaths in a row, this one included
 */
export function backOffMs(quickDeaths) {
  return Math.min(10_000, 200 * 2 ** Math.max(0, quickDeaths - 1));
}

/** @returns {number} the deaths in a row after one more, of a process that lived `livedMs`. */
export function countDeath(quickDeaths, livedMs) {
  return livedMs >= SETTLED_MS ? 1 : quickDeaths + 1;
}
