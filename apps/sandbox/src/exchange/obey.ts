import type { Behaviour } from '../directives/behaviour.js';
import type { Answer } from './answer.js';
import type { Call } from './call.js';
import { FOR_EVER_MS, pause } from './pause.js';

/**
 * What every protocol does with a behaviour before its own work: tells mistakes, waits, fails.
 * Returns the refusal, or null when the call may go on.
 */
export async function obey(call: Call, behaviour: Behaviour): Promise<Answer | null> {
  if (behaviour.problems.length > 0) return call.refuse.invalid(behaviour.problems.join(' '), 'prompt');
  if (behaviour.latencyMs > 0) await pause(behaviour.latencyMs, call.signal);
  if (behaviour.hang || behaviour.reset) {
    if (behaviour.hang) await pause(FOR_EVER_MS, call.signal);
    call.reset();
    // Nobody is left to read it.
    return call.refuse.failure(503, null);
  }
  if (behaviour.status !== null && behaviour.after === null) {
    return call.refuse.failure(behaviour.status, behaviour.retryAfter);
  }
  return null;
}
