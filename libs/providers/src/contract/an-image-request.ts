import type { ImageRequest } from '@lumenfall/contracts';

/** The plainest image request there is, with what a test wants of it. */
export function anImageRequest(changes: Partial<ImageRequest> = {}): ImageRequest {
  return {
    mode: 'text-to-image',
    inputs: [],
    mask: null,
    scaleFactor: null,
    prompt: 'a fox',
    n: 1,
    size: null,
    aspectRatio: null,
    resolution: null,
    quality: null,
    style: null,
    outputFormat: null,
    outputCompression: null,
    user: null,
    extra: {},
    ...changes,
  };
}
