const REPEAT_MS = 10_000;

/** Passes an error on unless one with the same message was passed on shortly before: an engine that is away fails all the time. */
export function calmErrors(onError: (error: Error) => void): (error: Error) => void {
  const lastTold = new Map<string, number>();
  return (error) => {
    const now = Date.now();
    for (const [message, at] of lastTold) if (now - at > REPEAT_MS) lastTold.delete(message);
    if (lastTold.has(error.message)) return;
    lastTold.set(error.message, now);
    onError(error);
  };
}
