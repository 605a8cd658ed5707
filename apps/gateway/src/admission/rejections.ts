import type { ApiError, Modality, UsageRecord } from '@lumenfall/contracts';
import { unchargedOutcome, usageRecordOf } from '@lumenfall/metering';
import type { UsageAppender } from '@lumenfall/queue';
import { LOG, metrics, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import { USAGE } from '../tokens.js';
import { isDryRun } from './admission.guard.js';
import { requestContextOf } from './request-context.js';

const unpricedTotal = new Counter({
  name: 'lumenfall_unpriced_refusals_total',
  help: 'Requests refused because their model has no price',
  registers: [metrics],
});

const MODALITIES: [RegExp, Modality][] = [
  [/\/chat\/completions$/, 'text'],
  [/\/images(?:\/(?:generations|edits))?$/, 'image'],
  [/\/videos$/, 'video'],
];

/**
 * Records requests that were authenticated and then refused before a job was accepted. The response does not wait for
 * the record; a failure to append it is logged. Overload is not recorded, because that would add load.
 */
@Injectable()
export class RejectionRecorder {
  constructor(
    @Inject(USAGE) private readonly usage: UsageAppender,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  record(request: FastifyRequest, error: ApiError): void {
    if (error.code === 'UNPRICED_MODEL' && !isDryRun(request.query)) this.#raiseUnpriced(request);
    const record = rejectionOf(request, error);
    if (record === null) return;
    this.usage.append(record).catch((failure: unknown) => {
      this.log.error({ err: failure, requestId: record.requestId }, 'a refused request could not be recorded');
    });
  }

  /** An operator has to set a price: see docs/operating.md. */
  #raiseUnpriced({ id, body }: FastifyRequest): void {
    const model = textField(body, 'model');
    unpricedTotal.inc();
    this.log.error({ alarm: 'unpriced', requestId: id, model }, 'a request was refused: its model has no price');
  }
}

function rejectionOf(request: FastifyRequest, error: ApiError): UsageRecord | null {
  if (request.principal === null || request.accepted || request.method !== 'POST' || error.code === 'OVERLOADED')
    return null;
  const modality = MODALITIES.find(([pattern]) => pattern.test(request.routeOptions.url ?? ''))?.[1];
  if (modality === undefined || isDryRun(request.query)) return null;
  const requestContext = requestContextOf(request, request.principal, {
    modality,
    model: textField(request.body, 'model'),
    user: textField(request.body, 'user'),
  });
  return usageRecordOf(requestContext, unchargedOutcome('rejected', error), Date.now());
}

/** A text field of an unvalidated body. */
function textField(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null;
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' ? value : null;
}
