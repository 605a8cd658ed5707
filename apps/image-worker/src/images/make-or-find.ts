import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageRequest } from '@lumenfall/contracts';
import { ownFailure } from '@lumenfall/execution';
import type { ImageCallContext, ImageGeneration, ImageProvider, Outcome } from '@lumenfall/providers';

/** Before each look: what was sent a moment ago is not known everywhere yet. */
const LOOKS_AFTER_MS = [500, 2_500, 6_000];

type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

const pauseUnlessStopped: Pause = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined);

/**
 * Makes one call; where its answer was lost, looks for what came of it at the provider, if that can be asked. Found, it is as if the
 * answer had come. Certainly not there, the work may go elsewhere at no risk of being paid twice. Otherwise the doubt stays.
 */
export async function makeOrFind(
  adapter: ImageProvider,
  request: ImageRequest,
  context: ImageCallContext,
  pause: Pause = pauseUnlessStopped,
): Promise<Outcome<ImageGeneration>> {
  const since = Date.now();
  const made = await adapter.generate(request, context);
  if (made.ok || made.failure.kind !== 'ambiguous' || adapter.lookUp === undefined) return made;
  let isSure = false;
  for (const ms of LOOKS_AFTER_MS) {
    await pause(ms, context.signal);
    if (context.signal.aborted) return made;
    const looked = await adapter.lookUp(request, context, since);
    if (looked.ok && looked.value.found === 'work') return looked.value.outcome;
    isSure = looked.ok;
  }
  return isSure ? { ok: false, failure: ownFailure('timeout', 'The provider did not take the work in time') } : made;
}
