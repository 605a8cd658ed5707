import type { Behaviour } from '../directives/behaviour.js';
import type { Moment } from '../directives/parse-directives.js';
import type { Failure } from '../profiles/profile.js';
import type { Drawn } from '../profiles/profiles.js';
import type { Stage } from '../stage.js';
import type { Call } from './call.js';

/**
 * What a call has to do: as its prompt directs, and where the prompt says nothing, as the profile in force draws. A job is drawn
 * for once, when it is submitted. The call must have been noted: the draw depends on what it is to make.
 */
export function behaviourOf(call: Call, stage: Stage, prompt: string, moment: Moment = 'submit'): Behaviour {
  const directed = stage.behaviours.take(prompt, call.provider, moment);
  if (moment !== 'submit') return directed;
  const drawn = stage.profiles.draw(call.provider, call.work, call.model);
  if (drawn === null) return directed;
  const slowed = directed.latencyMs > 0 ? directed : { ...directed, latencyMs: drawn.latencyMs };
  if (drawn.failure === null || isFated(directed)) return slowed;
  call.noteDrawn(drawn.failure);
  return { ...slowed, ...asBehaviour(drawn.failure, drawn) };
}

/** Whether the prompt itself says how the call ends. */
const isFated = (directed: Behaviour): boolean =>
  directed.status !== null ||
  directed.cut !== null ||
  directed.empty ||
  directed.moderation ||
  directed.fail ||
  directed.hang ||
  directed.reset ||
  directed.problems.length > 0;

/** A stream that breaks gets so far: the client has seen a part of the answer. */
const BREAK_AFTER_CHUNKS = 3;

function asBehaviour(failure: Failure, { retryAfter }: Drawn): Partial<Behaviour> {
  switch (failure) {
    case 'empty':
      return { empty: true };
    case 'moderation':
      return { moderation: true };
    case 'hang':
      return { hang: true };
    case 'reset':
      return { reset: true };
    case 'cut':
      return { cut: 'start' };
    case 'break':
      return { cut: BREAK_AFTER_CHUNKS };
    default:
      return { status: Number(failure), retryAfter };
  }
}
