import { RouteRunner, type RoutePorts } from '@lumenfall/execution';
import { priceUsage, joinCharges } from '@lumenfall/metering';
import type { Attempt, ChargeBasis, JobPayload, PlannedOffering, RouteChoice } from '@lumenfall/contracts';
import type { ImageProvider, ProviderFailure } from '@lumenfall/providers';
import { mayFailOver } from '@lumenfall/routing';
import { callOffering, type ImageCallPorts } from './call-offering.js';
import type { FinishedPicture } from './finish-picture.js';
import type { InputFiles } from './read-inputs.js';

export type ImageJob = JobPayload<'image.generate'>;

export interface ImageRoutePorts extends RoutePorts<ImageProvider>, ImageCallPorts {}

export interface ImageRouteEnd {
  pictures: FinishedPicture[];
  /** Where the first picture was made; where nothing was made, the last offering tried, or the one that could not be. */
  offering: PlannedOffering;
  /** The last failure; null where none happened. */
  failure: ProviderFailure | null;
  charge: ChargeBasis;
  attempts: Attempt[];
  choice: RouteChoice;
}

/** Walks a plan's route until all images are made: what one offering could not make, the next is asked for. */
export async function runImageRoute(
  job: ImageJob,
  { signal, inputs, ...ports }: ImageRoutePorts & { signal: AbortSignal; inputs: InputFiles },
): Promise<ImageRouteEnd> {
  const { requestContext, plan, request, deadline } = job;
  const run = new RouteRunner({ requestContext, plan, deadline, signal }, ports);
  const pictures: FinishedPicture[] = [];
  const charges: ChargeBasis[] = [];
  let failure: ProviderFailure | null = null;
  let madeBy: PlannedOffering | null = null;
  let lastTried: PlannedOffering | null = null;
  try {
    for (let stop = await run.next(); stop !== null; stop = await run.next()) {
      lastTried = stop.offering;
      const harvest = await callOffering(stop, { request, inputs, n: request.n - pictures.length }, ports);
      // One line for what it made and one for what it did not, however many calls that took.
      if (harvest.pictures.length > 0) {
        madeBy ??= stop.offering;
        const attempt = run.recordAttempt(stop, null, Date.now() - stop.startedAt);
        attempt.costMicros = priceUsage(harvest.charge).totalMicros;
        pictures.push(...harvest.pictures);
        charges.push(harvest.charge);
      }
      const gravest = harvest.failures.find(({ kind }) => !mayFailOver(kind)) ?? harvest.failures.at(-1);
      if (gravest !== undefined) {
        failure = gravest;
        run.recordAttempt(stop, gravest, null);
      }
      if (pictures.length >= request.n || signal.aborted) break;
    }
  } finally {
    run.release();
  }
  const made = { pictures, charge: joinCharges(charges), attempts: run.attempts, choice: run.choice() };
  const offering = madeBy ?? lastTried;
  return offering === null ? { ...made, ...run.whyNothing() } : { ...made, offering, failure };
}
