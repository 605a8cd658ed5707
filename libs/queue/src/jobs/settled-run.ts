import type { AbortReason } from '../engine.js';
import { HAND_BACK_MS, SETTLE_MS } from '../settings.js';

export type RunOutcome = { ok: true } | { ok: false; error: unknown };

/** Waits for a handler; once its signal is aborted, only for as long as a handler may take to end by itself. */
export async function settledRun(run: () => Promise<void>, signal: AbortSignal): Promise<RunOutcome> {
  const ended: Promise<RunOutcome> = run().then(
    () => ({ ok: true }),
    (error: unknown) => ({ ok: false, error }),
  );
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const gaveUp = new Promise<RunOutcome>((resolve) => {
    onAbort = () => {
      const patience = abortReasonOf(signal) === 'handed-back' ? HAND_BACK_MS : SETTLE_MS;
      timer = setTimeout(
        () => resolve({ ok: false, error: new Error('the handler did not stop when told to') }),
        patience,
      );
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([ended, gaveUp]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

/** Null while the run may go on. */
export function abortReasonOf(signal: AbortSignal): AbortReason | null {
  return signal.aborted ? (signal.reason as AbortReason) : null;
}
