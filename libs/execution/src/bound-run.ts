import type { AbortReason } from '@lumenfall/queue';

/** A run's signal, ended by its request's deadline too. */
export interface BoundRun {
  signal: AbortSignal;
  /** Why the run must stop; null while it may go on. */
  stopped(): AbortReason | null;
  /** Frees the timer and the listener; every run ends with it. */
  release(): void;
}

/** @param deadline Unix ms */
export function boundRun(signal: AbortSignal, deadline: number): BoundRun {
  const controller = new AbortController();
  const follow = (): void => controller.abort(stopReasonOf(signal));
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(
    () => controller.abort('timed-out' satisfies AbortReason),
    Math.max(0, deadline - Date.now()),
  );
  // A process that has nothing else to do need not wait for it.
  timer.unref();
  return {
    signal: controller.signal,
    stopped: () => (controller.signal.aborted ? stopReasonOf(controller.signal) : null),
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    },
  };
}

function stopReasonOf({ reason }: AbortSignal): AbortReason {
  return reason === 'timed-out' || reason === 'handed-back' ? reason : 'cancelled';
}

/** Thrown by a handler whose job another worker will run: neither an answer nor a record has been made. */
export class HandedBack extends Error {
  override readonly name = 'HandedBack';
  constructor() {
    super('The job is handed back: this process is leaving');
  }
}
