import type { Attempt, ChargeBasis, JobPayload, PlannedOffering } from '@lumenfall/contracts';
import { attemptOf, joinCharges, mayGoOn } from '@lumenfall/execution';
import type { ProviderFailure } from '@lumenfall/providers';
import { callOffering, type ImageCallPorts } from './call-offering.js';
import type { FinishedPicture } from './finish-picture.js';

export type ImageJob = JobPayload<'image.generate'>;

export interface ImageRouteEnd {
  pictures: FinishedPicture[];
  /** Where the first picture was made; where nothing was made, the last offering tried. */
  offering: PlannedOffering;
  /** The last failure; null where none happened. */
  failure: ProviderFailure | null;
  charge: ChargeBasis;
  attempts: Attempt[];
}

/** Walks a plan's route until all images are made: what one offering could not make, the next is asked for. */
export async function runImageRoute(job: ImageJob, ports: ImageCallPorts): Promise<ImageRouteEnd> {
  const { plan, request } = job;
  const pictures: FinishedPicture[] = [];
  const charges: ChargeBasis[] = [];
  const attempts: Attempt[] = [];
  let failure: ProviderFailure | null = null;
  let madeBy: PlannedOffering | null = null;
  let lastTried: PlannedOffering | null = null;
  for (const offering of plan.route) {
    lastTried = offering;
    const startedAt = Date.now();
    const harvest = await callOffering(offering, job, request.n - pictures.length, ports);
    const endedAt = Date.now();
    // One line for what it made and one for what it did not, however many calls that took.
    if (harvest.pictures.length > 0) {
      madeBy ??= offering;
      attempts.push(attemptOf(offering, startedAt, endedAt, null));
      pictures.push(...harvest.pictures);
      charges.push(harvest.charge);
    }
    const gravest = harvest.failures.find(({ kind }) => !mayGoOn(kind)) ?? harvest.failures.at(-1);
    if (gravest !== undefined) {
      failure = gravest;
      attempts.push(attemptOf(offering, startedAt, endedAt, gravest));
    }
    if (pictures.length >= request.n || ports.signal.aborted || (gravest !== undefined && !mayGoOn(gravest.kind)))
      break;
  }
  const offering = madeBy ?? lastTried;
  if (offering === null) throw new Error('A plan without a route');
  return { pictures, offering, failure, charge: joinCharges(charges), attempts };
}
