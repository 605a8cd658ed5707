import { randomUUID } from 'node:crypto';
import { compressesNatively, readParameterTable } from '@lumenfall/catalog';
import type { ProviderClient, RoutePorts, CandidateCall } from '@lumenfall/execution';
import { isPriceable, joinCharges, plannedCharge, reportedCharge } from '@lumenfall/metering';
import type { ChargeBasis, ImageRequest, PlannedOffering } from '@lumenfall/contracts';
import type {
  fetchMedia,
  ImageCallContext,
  ImageGeneration,
  ImageProvider,
  ProviderFailure,
} from '@lumenfall/providers';
import { finishPicture, type FinishedPicture } from './finish-picture.js';
import { makeOrFind } from './make-or-find.js';
import type { InputFiles } from './read-inputs.js';

export interface ImageCallPorts extends Pick<RoutePorts<ImageProvider>, 'health' | 'pause'> {
  fetchMedia: typeof fetchMedia;
}

/** Longer than a lost answer is looked for: until then nobody else may find the work that a call has. */
const TAKEN_MS = 300_000;

/** What is asked for: how many images, of which request, from which pictures. */
export interface Wanted {
  request: ImageRequest;
  inputs: InputFiles;
  n: number;
}

/** What one offering made of the `wanted` images. */
export interface OfferingHarvest {
  pictures: FinishedPicture[];
  failures: ProviderFailure[];
  charge: ChargeBasis;
}

interface CallHarvest {
  generation: ImageGeneration | null;
  pictures: FinishedPicture[];
  failures: ProviderFailure[];
}

/**
 * Has one offering make the images that are wanted, by calls in parallel where one call makes fewer. A failed call or a file that
 * is no picture leaves the others as they are.
 */
export async function callOffering(
  { offering, client, context: call }: CandidateCall<ImageProvider>,
  { request, inputs, n: wanted }: Wanted,
  ports: ImageCallPorts,
): Promise<OfferingHarvest> {
  const claim = (id: string): Promise<boolean> => ports.health.claim(`image-work:${offering.provider}:${id}`, TAKEN_MS);
  const context = { ...call, ...inputs, claim };
  const table = readParameterTable(offering.parameters);
  const perCall = table.max_n ?? client.adapter.maxImagesPerCall;
  // What the provider has compressed as asked is not compressed again.
  const asked = compressesNatively(table, request) ? { ...request, outputCompression: null } : request;
  const calls = await Promise.all(
    sharesOf(wanted, perCall).map((n) => callOnce(client, { ...request, n }, context, { ...ports, asked })),
  );
  return {
    pictures: calls.flatMap((call) => call.pictures),
    failures: calls.flatMap((call) => call.failures),
    charge: chargeOf(offering, calls, request.n),
  };
}

async function callOnce(
  { adapter, endpoint }: ProviderClient<ImageProvider>,
  request: ImageRequest,
  context: Omit<ImageCallContext, 'callId'>,
  { fetchMedia: fetch, pause, asked }: ImageCallPorts & { asked: ImageRequest },
): Promise<CallHarvest> {
  const generated = await makeOrFind(adapter, request, { ...context, callId: randomUUID() }, pause);
  if (!generated.ok) return { generation: null, pictures: [], failures: [generated.failure] };
  // A provider may make more than it was asked for; nobody asked to pay for those.
  const images = generated.value.images.slice(0, request.n);
  const finished = await Promise.all(
    images.map((image) => finishPicture(image, asked, { fetchMedia: fetch, endpoint, signal: context.signal })),
  );
  return {
    generation: generated.value,
    pictures: finished.flatMap((picture) => (picture.ok ? [picture.value] : [])),
    failures: finished.flatMap((picture) => (picture.ok ? [] : [picture.failure])),
  };
}

/** By the provider's figures where they can be priced; the other calls together by the plan, so that they add up to it. */
function chargeOf(offering: PlannedOffering, calls: readonly CallHarvest[], of: number): ChargeBasis {
  const charges: ChargeBasis[] = [];
  const unreported: FinishedPicture[] = [];
  for (const { generation, pictures } of calls) {
    if (generation === null || pictures.length === 0) continue;
    if (isPriceable(offering, generation)) {
      const delivered = { delivered: pictures.length, of: Math.max(pictures.length, generation.images.length) };
      charges.push(reportedCharge(offering, generation, delivered));
    } else {
      unreported.push(...pictures);
    }
  }
  if (unreported.length > 0) {
    const megapixels = unreported.reduce((sum, { width, height }) => sum + (width * height) / 1_000_000, 0);
    charges.push(plannedCharge(offering, { delivered: unreported.length, of, megapixels }));
  }
  return joinCharges(charges);
}

/** 5 wanted, 2 per call: 2, 2, 1. */
export function sharesOf(wanted: number, perCall: number): number[] {
  const most = Math.max(1, perCall);
  return Array.from({ length: Math.ceil(wanted / most) }, (_, index) => Math.min(most, wanted - index * most));
}
