import { z } from 'zod';

/** Where the store is: a folder, or a bucket of any S3-compatible server. */
export type MediaLocation = { kind: 'folder'; dir: string } | ({ kind: 'bucket' } & BucketLocation);

export interface BucketLocation {
  bucket: string;
  /** Before every name, with its slash; empty for none. */
  prefix: string;
  region: string;
  /** Null: Amazon's own, by the region. */
  endpoint: string | null;
  /** `https://host/bucket/name` instead of `https://bucket.host/name`, as most servers that are not Amazon's want it. */
  pathStyle: boolean;
}

/** The variables of every service that makes or serves media: the bucket where one is named, otherwise the folder. */
export const mediaShape = {
  /** Folder for media, the same for every process that makes or serves some. */
  MEDIA_DIR: z.string().optional(),
  /** Bucket for media, `s3://bucket/prefix?endpoint=https://...&region=...&path_style=true`. */
  MEDIA_URL: z.string().optional(),
};

export interface MediaPlace {
  dir?: string | undefined;
  /** Wins over `dir`. */
  url?: string | undefined;
}

const KNOWN = new Set(['endpoint', 'region', 'path_style']);

/**
 * Reads `s3://bucket/prefix?endpoint=https://...&region=...&path_style=true`; the keys are never in it (`AWS_ACCESS_KEY_ID` and
 * `AWS_SECRET_ACCESS_KEY`, or whatever else AWS' own tools find). Throws one line for the operator.
 */
export function readMediaLocation({ dir, url: written }: MediaPlace): MediaLocation {
  if (written === undefined || written === '') {
    if (dir === undefined || dir === '') throw new Error('Set MEDIA_DIR to a folder, or MEDIA_URL to a bucket');
    return { kind: 'folder', dir };
  }
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url?.protocol !== 's3:' || url.hostname === '') {
    throw new Error('MEDIA_URL is not of the form s3://bucket/prefix?endpoint=https://...&region=...');
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error('MEDIA_URL may not hold the keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  const unknown = [...url.searchParams.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined)
    throw new Error(`MEDIA_URL: '${unknown}' is not known; there are ${[...KNOWN].join(', ')}`);
  const endpoint = url.searchParams.get('endpoint');
  if (endpoint !== null && !/^https?:\/\/[^/?#]+\/?$/.test(endpoint)) {
    throw new Error('MEDIA_URL: the endpoint is not of the form https://host:port');
  }
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  return {
    kind: 'bucket',
    bucket: url.hostname,
    prefix: path === '' ? '' : `${decodeURIComponent(path)}/`,
    region: url.searchParams.get('region') ?? 'us-east-1',
    endpoint,
    pathStyle: (url.searchParams.get('path_style') ?? String(endpoint !== null)) === 'true',
  };
}
