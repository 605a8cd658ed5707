import type { PayloadStore } from '@lumenfall/payloads';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../authentication/principal.js';
import { PAYLOADS } from '../tokens.js';

/**
 * Keeps request and response bodies for the organizations that asked for it. A body that cannot be stored is logged,
 * without its content, and fails no request.
 */
@Injectable()
export class PayloadLog {
  constructor(
    @Inject(PAYLOADS) private readonly payloads: Pick<PayloadStore, 'keepRequest' | 'keepResponse'>,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** False if the organization does not keep bodies: then no response is to be kept either. */
  async keepRequest(
    { organizationId, payloadRetention }: Pick<Principal, 'organizationId' | 'payloadRetention'>,
    requestId: string,
    body: unknown,
  ): Promise<boolean> {
    if (payloadRetention === 'none') return false;
    const request = { requestId, organizationId, retention: payloadRetention };
    await this.#logged(requestId, this.payloads.keepRequest(request, body));
    return true;
  }

  async keepResponse(requestId: string, body: unknown): Promise<void> {
    await this.#logged(requestId, this.payloads.keepResponse(requestId, body));
  }

  async #logged(requestId: string, kept: Promise<void>): Promise<void> {
    try {
      await kept;
    } catch (error) {
      // Not the whole error: it may quote the statement with its values.
      const { name, code } = error as { name?: string; code?: string };
      this.log.error({ requestId, reason: code ?? name }, 'the body of a request could not be kept');
    }
  }
}
