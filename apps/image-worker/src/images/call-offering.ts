import { pause } from '@lumenfall/async';
import { randomUUID } from 'node:crypto';
import { compressesNatively, imageMade, readParameterTable } from '@lumenfall/catalog';
import { ownFailure, type CandidateCall, type ProviderClient, type RoutePorts } from '@lumenfall/execution';
import { isPriceable, joinCharges, plannedCharge, reportedCharge, type PaidWork } from '@lumenfall/metering';
import type { ChargeBasis, ImageRequest, PlannedOffering } from '@lumenfall/contracts';
import type {
  fetchMedia,
  ImageCallContext,
  ImageGeneration,
  ImageProvider,
  Outcome,
  ProviderFailure,
} from '@lumenfall/providers';
import { finishImage, type FinishedImage } from './finish-image.js';
import type { InputFiles } from './image-files.js';

export interface ImageCallPorts extends Pick<RoutePorts<ImageProvider>, 'health' | 'pause'> {
  fetchMedia: typeof fetchMedia;
}

/** Lease on the work that a look-up found; longer than the look-ups of another call go on. */
const CLAIM_MS = 300_000;

export interface WantedImages {
  request: ImageRequest;
  inputs: InputFiles;
  n: number;
}

/** The result of one offering, over all of its calls. */
export interface OfferingResult {
  images: FinishedImage[];
  failures: ProviderFailure[];
  /** For the images that are delivered. */
  charge: ChargeBasis;
  /** What the provider made, also what is not delivered. */
  paid: PaidWork[];
}

interface CallResult {
  generation: ImageGeneration | null;
  images: FinishedImage[];
  failures: ProviderFailure[];
}

/**
 * Has one offering make `n` images, with parallel calls if one call makes fewer. A failed call, or a file that is not
 * an image, does not affect the others.
 */
export async function callOffering(
  { offering, client, context: call }: CandidateCall<ImageProvider>,
  { request, inputs, n: wanted }: WantedImages,
  ports: ImageCallPorts,
): Promise<OfferingResult> {
  const claim = (id: string): Promise<boolean> => ports.health.claim(`image-work:${offering.provider}:${id}`, CLAIM_MS);
  const context = { ...call, ...inputs, claim };
  const table = readParameterTable(offering.parameters);
  const perCall = table.max_n ?? client.adapter.maxImagesPerCall;
  // Do not compress again what the provider compresses as requested.
  const asked = compressesNatively(table, request) ? { ...request, outputCompression: null } : request;
  const calls = await Promise.all(
    sharesOf(wanted, perCall).map((n) => callOnce(client, { ...request, n }, context, { ...ports, asked })),
  );
  return {
    images: calls.flatMap((call) => call.images),
    failures: calls.flatMap((call) => call.failures),
    charge: chargeOf(offering, calls, request.n),
    paid: paidWork(offering, calls, request.n),
  };
}

async function callOnce(
  { adapter, endpoint }: ProviderClient<ImageProvider>,
  request: ImageRequest,
  context: Omit<ImageCallContext, 'callId'>,
  { fetchMedia: fetch, pause, asked }: ImageCallPorts & { asked: ImageRequest },
): Promise<CallResult> {
  const generated = await generateOrReconcile(adapter, request, { ...context, callId: randomUUID() }, pause);
  if (!generated.ok) return { generation: null, images: [], failures: [generated.error] };
  // Images beyond those requested are neither delivered nor charged.
  const images = generated.value.images.slice(0, request.n);
  const finished = await Promise.all(
    images.map((image) => finishImage(image, asked, { fetchMedia: fetch, endpoint, signal: context.signal })),
  );
  return {
    generation: generated.value,
    images: finished.flatMap((image) => (image.ok ? [image.value] : [])),
    failures: finished.flatMap((image) => (image.ok ? [] : [image.error])),
  };
}

/** Calls whose reported usage can be priced are charged by it, the others together by the plan. */
function chargeOf(offering: PlannedOffering, calls: readonly CallResult[], of: number): ChargeBasis {
  const charges: ChargeBasis[] = [];
  const unreported: FinishedImage[] = [];
  for (const { generation, images } of calls) {
    if (generation === null || images.length === 0) continue;
    if (isPriceable(offering, generation)) {
      const delivered = { delivered: images.length, of: Math.max(images.length, generation.images.length) };
      charges.push(reportedCharge(offering, generation, delivered));
    } else {
      unreported.push(...images);
    }
  }
  if (unreported.length > 0) {
    charges.push(plannedCharge(offering, { delivered: unreported.length, of, made: unreported.map(imageMade) }));
  }
  return joinCharges(charges);
}

/** The work of the calls at what it costs us, whether or not its images could be delivered. */
function paidWork(offering: PlannedOffering, calls: readonly CallResult[], of: number): PaidWork[] {
  return calls.flatMap(({ generation, images }): PaidWork[] => {
    if (generation === null) return [];
    const made = generation.images.length;
    if (isPriceable(offering, generation)) {
      return [{ charge: reportedCharge(offering, generation, { delivered: made, of: made }), source: 'provider' }];
    }
    const whole = { delivered: made, of };
    return images.length === made
      ? [{ charge: plannedCharge(offering, { ...whole, made: images.map(imageMade) }), source: 'measured' }]
      : [{ charge: plannedCharge(offering, whole), source: 'plan' }];
  });
}

/** 5 wanted, 2 per call: 2, 2, 1. */
export function sharesOf(wanted: number, perCall: number): number[] {
  const most = Math.max(1, perCall);
  return Array.from({ length: Math.ceil(wanted / most) }, (_, index) => Math.min(most, wanted - index * most));
}

/** The pause before each look-up: a provider does not list a new job at once. */
const LOOK_UP_PAUSES_MS = [500, 2_500, 6_000];

type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/**
 * Makes one call. If its outcome is unknown, looks the work up at the provider, if that is possible: found work is the
 * answer; if the provider certainly has none, failover cannot be paid twice; otherwise the outcome stays unknown.
 */
async function generateOrReconcile(
  adapter: ImageProvider,
  request: ImageRequest,
  context: ImageCallContext,
  wait: Pause = (ms, signal) => pause(ms, { signal }),
): Promise<Outcome<ImageGeneration>> {
  const since = Date.now();
  const made = await adapter.generate(request, context);
  if (made.ok || made.error.kind !== 'ambiguous' || adapter.lookUp === undefined) return made;
  let isSure = false;
  for (const ms of LOOK_UP_PAUSES_MS) {
    await wait(ms, context.signal);
    if (context.signal.aborted) return made;
    const looked = await adapter.lookUp(request, context, since);
    if (looked.ok && looked.value.found === 'work') return looked.value.outcome;
    isSure = looked.ok;
  }
  return isSure ? { ok: false, error: ownFailure('timeout', 'The provider did not take the work in time') } : made;
}
