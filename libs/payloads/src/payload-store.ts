import type { MediaRetention } from '@lumenfall/contracts';

/** The bodies of a request, as far as they are kept. */
export interface KeptPayloads {
  request: KeptBody | null;
  response: KeptBody | null;
  expiresAt: Date;
}

/** `json` unless it was longer than the limit: then `text` is its beginning. */
export type KeptBody = { json: unknown } | { text: string };

/** In place of what a provider said about a purged request. */
export const PURGED_MESSAGE = 'The message was purged';

export interface OpenPurge {
  requestId: string;
  organizationId: string;
}

/**
 * The request and response bodies of organizations that keep them, and what was purged. One row holds both, so that a
 * body that arrives after the purge of its request is not stored. Times come from the clock of the database.
 */
export interface PayloadStore {
  /** Stores the body of an accepted request, unless the request was purged. */
  keepRequest(
    request: { requestId: string; organizationId: string; retention: Exclude<MediaRetention, 'none'> },
    body: unknown,
  ): Promise<void>;
  /** Adds the response body to a kept request; without one, it stores nothing. */
  keepResponse(requestId: string, body: unknown): Promise<void>;
  /** Null if nothing is kept; also for a request of another organization. */
  find(organizationId: string, requestId: string): Promise<KeptPayloads | null>;
  /**
   * Deletes the bodies and the providers' messages in one transaction, and opens the purge of the media: it stays open
   * until `closePurge`, so that a crash between the two does not leave files behind. Null if the organization has no
   * such request.
   */
  openPurge(organizationId: string, requestId: string): Promise<{ alreadyPurged: boolean } | null>;
  /** True once the history has the outcome of the request: it then makes no more files. */
  hasEnded(requestId: string): Promise<boolean>;
  closePurge(requestId: string): Promise<void>;
  /** Open purges whose request has ended, the oldest first: those that can be completed. */
  openPurges(limit: number): Promise<OpenPurge[]>;
  /** Deletes expired bodies. @returns the number of requests */
  sweep(): Promise<number>;
}
