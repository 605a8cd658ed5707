import type { AbortReason } from '@lumenfall/queue';

/** The signal of a run, which the deadline of its request aborts too. */
export interface BoundRun {
  signal: AbortSignal;
  /** Why the run was aborted; null if it was not. */
  abortReason(): AbortReason | null;
  /** Clears the timer and the listener. Must be called at the end of every run. */
  release(): void;
}

/** @param deadline Unix ms */
export function boundRun(signal: AbortSignal, deadline: number): BoundRun {
  const controller = new AbortController();
  const follow = (): void => controller.abort(reasonOf(signal));
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(
    () => controller.abort('timed-out' satisfies AbortReason),
    Math.max(0, deadline - Date.now()),
  );
  // It must not keep a process from exiting.
  timer.unref();
  return {
    signal: controller.signal,
    abortReason: () => (controller.signal.aborted ? reasonOf(controller.signal) : null),
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    },
  };
}

function reasonOf({ reason }: AbortSignal): AbortReason {
  return reason === 'timed-out' || reason === 'handed-back' ? reason : 'cancelled';
}

/** Thrown by a handler whose job another worker will run: it has sent no last part and recorded no usage. */
export class HandedBack extends Error {
  override readonly name = 'HandedBack';
  constructor() {
    super('The job is handed back because this process is shutting down');
  }
}
