import type { ImageRequest, VideoRequest } from '@lumenfall/contracts';

/** The simplest image request, with the changes of a test. */
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

/** The plainest request for a video: four seconds, with what a test wants of it. */
export function aVideoRequest(changes: Partial<VideoRequest> = {}): VideoRequest {
  return {
    prompt: 'a fox',
    seconds: 4,
    size: '1280x720',
    resolution: null,
    inputReferences: [],
    negativePrompt: null,
    extra: {},
    ...changes,
  };
}
