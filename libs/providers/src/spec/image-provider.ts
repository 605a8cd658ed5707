import type { ImageRequest, Quantity } from '@lumenfall/contracts';
import type { CallContext } from './call-context.js';
import type { Outcome } from './failure.js';
import type { ReportedDimension } from './reported-usage.js';

/** A file that a provider made: its bytes, or a URL that expires soon. */
export type MediaSource =
  | { kind: 'bytes'; bytes: Uint8Array }
  /** `headers` are sent to the provider's own origin only. */
  | { kind: 'url'; url: string; headers?: Record<string, string> };

export interface ProviderImage {
  source: MediaSource;
  revisedPrompt: string | null;
}

export interface ImageGeneration {
  /** At least one: a 2xx answer without an image is the failure `empty`. */
  images: ProviderImage[];
  /** What the provider reports as consumed or made; null if only the number of images is known. */
  usage: Quantity[] | null;
  /** USD as decimal text; null if the provider does not report its cost. */
  reportedCostUsd: string | null;
}

/** An input image, read from the media store. */
export interface InputFile {
  bytes: Uint8Array;
  contentType: string;
  width: number;
  height: number;
}

export interface ImageCallContext extends CallContext {
  /** In the order of the request's `inputs`; empty for text-to-image. */
  files: readonly InputFile[];
  mask: InputFile | null;
  /** A UUID of this call; providers that accept one use it as the id of their work. */
  callId: string;
  /** Claims work that the provider lists for this call. True for one call only, across all workers. */
  claim(upstreamId: string): Promise<boolean>;
}

/** What a provider knows about a call whose answer was lost. */
export type ImageLookUp =
  /** The provider accepted the work, and this is its outcome. */
  | { found: 'work'; outcome: Outcome<ImageGeneration> }
  /**
   * The provider did not accept the work, or does not list it yet: only a look-up some time after the call is final.
   */
  | { found: 'nothing' };

export interface ImageProvider {
  /** The images of one call if the offering's table does not say; more are made by parallel calls. */
  readonly maxImagesPerCall: number;
  /** What `usage` can contain. */
  readonly reports: readonly ReportedDimension[];
  generate(request: ImageRequest, context: ImageCallContext): Promise<Outcome<ImageGeneration>>;
  /**
   * Only for providers that can report what became of a call (the one of this context) that ended as `ambiguous`. A
   * failed outcome means that the look-up failed.
   *
   * @param since Unix ms, by our clock: work of this call is not older
   */
  lookUp?(request: ImageRequest, context: ImageCallContext, since: number): Promise<Outcome<ImageLookUp>>;
}
