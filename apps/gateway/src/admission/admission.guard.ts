import { apiError, fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import { HOP_HEADER } from '@lumenfall/providers';
import { ApiFailure } from '@lumenfall/service-kit';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ImportedPrices } from '../models/imported-prices.js';

/**
 * Refuses requests that this gateway itself sent, dry runs that would be executed because of a misspelt parameter, and
 * work while the prices are not known yet.
 */
@Injectable()
export class AdmissionGuard implements CanActivate {
  constructor(@Inject(ImportedPrices) private readonly prices: Pick<ImportedPrices, 'areKnown'>) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // A provider may fetch generated files, which are public, with any headers.
    if (request.principal === null) return true;
    const problem =
      problemOfHop(request) ??
      (request.method === 'POST' ? (problemOfDryRun(request) ?? this.#problemOfPrices()) : null);
    if (problem !== null) throw new ApiFailure(problem);
    return true;
  }

  #problemOfPrices(): ApiError | null {
    if (this.prices.areKnown()) return null;
    const message = 'Prices cannot be read at the moment. Send the request again in a few seconds';
    return apiError('OVERLOADED', message, { retryAfterMs: 2_000 });
  }
}

/** True for `?dryRun=true`. The guard has refused every other spelling. */
export function isDryRun(query: FastifyRequest['query']): boolean {
  return typeof query === 'object' && query !== null && 'dryRun' in query && query.dryRun === 'true';
}

/** Refuses `dryRun` as a field of a form: it would be ignored there, and the request executed. */
export function refuseDryRunField(name: string): Result<void> {
  return isDryRunName(name) ? fail(dryRunInBody(name)) : succeed(undefined);
}

function problemOfHop(request: FastifyRequest): ApiError | null {
  if (request.headers[HOP_HEADER.toLowerCase()] === undefined) return null;
  return apiError(
    'INVALID_REQUEST',
    'This request was sent by a Lumenfall gateway: the base URL of a provider points at this gateway. ' +
      "Set the provider's ..._BASE_URL variable to the provider's own address",
  );
}

function problemOfDryRun(request: FastifyRequest): ApiError | null {
  for (const [name, value] of Object.entries(fieldsOf(request.query))) {
    if (name === 'dryRun' && (value === 'true' || value === 'false')) continue;
    if (isDryRunName(name)) return malformedDryRun(name);
  }
  const inBody = Object.keys(fieldsOf(request.body)).find(isDryRunName);
  return inBody === undefined ? null : dryRunInBody(inBody);
}

const isDryRunName = (name: string): boolean => /^dry[\s_-]?run(?:\[\d*\])?$/i.test(name);

function malformedDryRun(name: string): ApiError {
  const param = name.slice(0, 50);
  const problem = name === 'dryRun' ? "expected 'true' or 'false', once" : 'the parameter is spelt dryRun';
  return apiError('INVALID_REQUEST', `${param}: ${problem}. Use ?dryRun=true for an estimate`, { param });
}

function dryRunInBody(name: string): ApiError {
  const param = name.slice(0, 50);
  return apiError('INVALID_REQUEST', `${param}: send it as query parameter, ?dryRun=true, not in the body`, { param });
}

function fieldsOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
