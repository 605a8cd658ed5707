import type { Attempt, ChargeBasis, JobPayload, PlannedOffering, RouteChoice } from '@lumenfall/contracts';
import { RouteRunner, type RoutePorts } from '@lumenfall/execution';
import { joinCharges, noteCost } from '@lumenfall/metering';
import type { ImageProvider, ProviderFailure } from '@lumenfall/providers';
import { mayFailOver } from '@lumenfall/routing';
import { callOffering, type ImageCallPorts } from './call-offering.js';
import type { FinishedImage } from './finish-image.js';
import type { InputFiles } from './image-files.js';

export type ImageJob = JobPayload<'image.generate'>;

export interface ImageRoutePorts extends RoutePorts<ImageProvider>, ImageCallPorts {}

export interface ImageRouteResult {
  images: FinishedImage[];
  /** The offering that made the first image; if none was made, the last one tried, or the one that could not be. */
  offering: PlannedOffering;
  /** The last failure; null if there was none. */
  failure: ProviderFailure | null;
  charge: ChargeBasis;
  attempts: Attempt[];
  choice: RouteChoice;
}

/** Iterates the candidates of a plan until all images are made; each is asked for those that are missing. */
export async function runImageRoute(
  job: ImageJob,
  { signal, inputs, ...ports }: ImageRoutePorts & { signal: AbortSignal; inputs: InputFiles },
): Promise<ImageRouteResult> {
  const { requestContext, plan, request, deadline } = job;
  const runner = new RouteRunner({ requestContext, plan, deadline, signal }, ports);
  const images: FinishedImage[] = [];
  const charges: ChargeBasis[] = [];
  let failure: ProviderFailure | null = null;
  let madeBy: PlannedOffering | null = null;
  let lastTried: PlannedOffering | null = null;
  try {
    for (let call = await runner.next(); call !== null; call = await runner.next()) {
      lastTried = call.offering;
      const result = await callOffering(call, { request, inputs, n: request.n - images.length }, ports);
      // At most one attempt for the images made and one for the failures, whatever the number of calls.
      if (result.images.length > 0) {
        madeBy ??= call.offering;
        const attempt = runner.recordAttempt(call, null, Date.now() - call.startedAt);
        noteCost(attempt, result.paid, result.charge);
        images.push(...result.images);
        charges.push(result.charge);
      }
      const gravest = result.failures.find(({ kind }) => !mayFailOver(kind)) ?? result.failures.at(-1);
      if (gravest !== undefined) {
        failure = gravest;
        const attempt = runner.recordAttempt(call, gravest, null);
        if (result.images.length === 0) noteCost(attempt, result.paid, null);
      }
      if (images.length >= request.n || signal.aborted) break;
    }
  } finally {
    runner.release();
  }
  const made = { images, charge: joinCharges(charges), attempts: runner.attempts, choice: runner.choice() };
  const offering = madeBy ?? lastTried;
  return offering === null ? { ...made, ...runner.whyNothing() } : { ...made, offering, failure };
}
