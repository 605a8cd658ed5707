import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any client waits. */
export const FOR_EVER_MS = 3_600_000;

/** Waits; returns early, without an error, when the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return;
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
