import { z } from 'zod';

/** Where media is stored: a folder, or a bucket of any S3-compatible server. */
export type MediaLocation = { kind: 'folder'; dir: string } | ({ kind: 'bucket' } & BucketLocation);

export interface BucketLocation {
  bucket: string;
  /** Prepended to every name, with a trailing slash; '' for none. */
  prefix: string;
  region: string;
  /** Null: Amazon's endpoint for the region. */
  endpoint: string | null;
  /** `https://host/bucket/name` instead of `https://bucket.host/name`; most servers other than Amazon's need it. */
  pathStyle: boolean;
}

/** The variables of every service that makes or serves media. The bucket takes precedence over the folder. */
export const mediaShape = {
  /** Folder for media, shared by all services that make or serve it. */
  MEDIA_DIR: z.string().optional(),
  /** Bucket for media, `s3://bucket/prefix?endpoint=https://...&region=...&path_style=true`. */
  MEDIA_URL: z.string().optional(),
};

export interface MediaVariables {
  dir?: string | undefined;
  /** Takes precedence over `dir`. */
  url?: string | undefined;
}

const PARAMETERS = new Set(['endpoint', 'region', 'path_style']);

/**
 * Reads `s3://bucket/prefix?endpoint=https://...&region=...&path_style=true`. Credentials come from the AWS SDK's usual
 * sources, such as `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, never from the URL. Throws an error with one line
 * for the operator.
 */
export function readMediaLocation({ dir, url: written }: MediaVariables): MediaLocation {
  if (written === undefined || written === '') {
    if (dir === undefined || dir === '') throw new Error('Set MEDIA_DIR to a folder, or MEDIA_URL to a bucket');
    return { kind: 'folder', dir };
  }
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url?.protocol !== 's3:' || url.hostname === '') {
    throw new Error('MEDIA_URL: expected s3://bucket/prefix?endpoint=https://...&region=...');
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error('MEDIA_URL must not contain credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined)
    throw new Error(`MEDIA_URL: unknown parameter '${unknown}'; expected ${[...PARAMETERS].join(', ')}`);
  const endpoint = url.searchParams.get('endpoint');
  if (endpoint !== null && !/^https?:\/\/[^/?#]+\/?$/.test(endpoint)) {
    throw new Error('MEDIA_URL: endpoint: expected https://host:port');
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
