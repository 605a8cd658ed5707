import type { ImageRequest, Quantity } from '@lumenfall/contracts';
import type { CallContext } from './endpoint.js';
import type { Outcome } from './failure.js';

/** A file as a provider hands it over: in the answer, or at an address that dies soon. */
export type MediaSource =
  | { kind: 'bytes'; bytes: Uint8Array }
  /** `headers` only ever for the provider's own origin. */
  | { kind: 'url'; url: string; headers?: Record<string, string> };

export interface ProviderImage {
  source: MediaSource;
  revisedPrompt: string | null;
}

export interface ImageGeneration {
  /** At least one: a 2xx without an image is the failure `empty`. */
  images: ProviderImage[];
  /** What the provider says it consumed (tokens); null where only the count of images is known. */
  usage: Quantity[] | null;
  /** USD as decimal text, where the provider reports its cost. */
  reportedCostUsd: string | null;
}

/** A picture to work on, read from the media store. */
export interface InputFile {
  bytes: Uint8Array;
  contentType: string;
  width: number;
  height: number;
}

/** `files` stand in the order of the request's `inputs`; none for a text-to-image. */
export interface ImageCallContext extends CallContext {
  files: readonly InputFile[];
  mask: InputFile | null;
  /** A UUID of this one call: the name of its work where the provider takes one from us. */
  callId: string;
  /** True for one call alone, over all workers: work that a provider lists is whose who takes it first. */
  take(upstreamId: string): Promise<boolean>;
}

/** What a provider knows of a call whose answer nobody saw. */
export type ImageLookUp =
  /** It took the work, and this came of it. */
  | { found: 'work'; outcome: Outcome<ImageGeneration> }
  /** It certainly did not take it, or has not yet: only a look some time after the call can tell. */
  | { found: 'nothing' };

export interface ImageProvider {
  /** How many images one call may make, where the offering's table does not say; more are made by calls in parallel. */
  readonly maxImagesPerCall: number;
  generate(request: ImageRequest, context: ImageCallContext): Promise<Outcome<ImageGeneration>>;
  /**
   * Only where the provider can tell what became of a call (the one of this very context) that ended as `ambiguous`. A failed
   * outcome says that the question failed.
   *
   * @param since Unix ms, by our clock: no work of this call is older
   */
  lookUp?(request: ImageRequest, context: ImageCallContext, since: number): Promise<Outcome<ImageLookUp>>;
}
