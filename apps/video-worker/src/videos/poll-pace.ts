const FIRST_MS = 500;
const LONGEST_MS = 10_000;
const GROWTH = 1.5;

/** How long to wait before a look, after so many looks at this job: half a second, growing to ten. */
export function pollDelayMs(pollCount: number): number {
  return Math.min(LONGEST_MS, Math.round(FIRST_MS * GROWTH ** Math.min(pollCount, 20)));
}

/** When the next look is due: never after the deadline, which ends the video itself. */
export function nextPollAt(
  { pollCount, deadline }: { pollCount: number; deadline: Date },
  now: number,
  retryAfterMs: number | null = null,
): Date {
  const delay = Math.max(pollDelayMs(pollCount), Math.min(retryAfterMs ?? 0, LONGEST_MS * 6));
  return new Date(Math.min(now + delay, Math.max(deadline.getTime(), now)));
}
