import { NOTHING_CHARGED, type ApiError, type JobPayload, type Modality } from '@lumenfall/contracts';
import type { JobProducer } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import { isDryRun } from './dry-run.js';
import { requestContextOf } from './request-context.js';

const WORK: [RegExp, Modality][] = [
  [/\/chat\/completions$/, 'text'],
  [/\/images\/(?:generations|edits)$/, 'image'],
  [/\/videos$/, 'video'],
];

/**
 * Records what was refused after authentication and before anybody took charge of it. Nobody waits for the record; a failure to
 * queue it is logged. An overload is not recorded: that would add to it.
 */
export class RejectionRecorder {
  constructor(
    private readonly producer: JobProducer,
    private readonly log: Logger,
  ) {}

  readonly observe = (request: FastifyRequest, error: ApiError): void => {
    const record = rejectionOf(request, error);
    if (record === null) return;
    this.producer.enqueue('usage.record', record, { id: record.requestId }).catch((failure: unknown) => {
      this.log.error({ err: failure, requestId: record.requestId }, 'a rejected request was not recorded');
    });
  };
}

function rejectionOf(request: FastifyRequest, error: ApiError): JobPayload<'usage.record'> | null {
  if (request.principal === null || request.accepted || request.method !== 'POST' || error.code === 'OVERLOADED')
    return null;
  const modality = WORK.find(([pattern]) => pattern.test(request.routeOptions.url ?? ''))?.[1];
  if (modality === undefined || isDryRun(request.query)) return null;
  const requestContext = requestContextOf(request, request.principal, {
    modality,
    model: textField(request.body, 'model'),
    user: textField(request.body, 'user'),
  });
  return {
    ...requestContext,
    status: 'rejected',
    executedModel: null,
    provider: null,
    durationMs: Math.max(0, Date.now() - request.arrivedAt),
    responseSizeBytes: null,
    errorCode: error.code,
    errorMessage: error.message.slice(0, 1_000),
    charge: NOTHING_CHARGED,
    attempts: [],
    choice: null,
  };
}

/** Of a body that may be anything. */
function textField(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null;
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' ? value : null;
}
