export interface PeriodicTask {
  /** No further round is begun; resolves when the one in hand has ended. */
  stop(): Promise<void>;
}

/** Does `work` every `everyMs`, measured from the end of one round to the start of the next: rounds never overlap. */
export function startPeriodicTask(
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): PeriodicTask {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let round: Promise<void> = Promise.resolve();
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      round = work().catch(onError).then(next);
    }, everyMs);
  };
  next();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      return round;
    },
  };
}
