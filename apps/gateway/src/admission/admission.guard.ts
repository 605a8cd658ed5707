import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Refuses requests that must never reach a handler. */
@Injectable()
export class AdmissionGuard implements CanActivate {
  canActivate(_context: ExecutionContext): boolean {
    return true;
  }
}

/** `?dryRun=true`, exactly; a repeated parameter counts if all its values are `true`. */
export function isDryRun(query: FastifyRequest['query']): boolean {
  if (typeof query !== 'object' || query === null || !('dryRun' in query)) return false;
  const { dryRun } = query;
  return dryRun === 'true' || (Array.isArray(dryRun) && dryRun.length > 0 && dryRun.every((value) => value === 'true'));
}
