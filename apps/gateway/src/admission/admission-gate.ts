import type { Plan, QueueName, Result } from '@lumenfall/contracts';
import type { FastifyRequest } from 'fastify';
import type { LimitGate } from '../limits/limit-gate.js';
import type { OverloadGate } from './overload.js';

/** What a request is going to do. */
export interface BillableWork {
  queue: QueueName;
  plan: Plan;
  /** Unix ms. */
  deadline: number;
}

/**
 * The one step that every billable request passes after its validation, and before anything is held or enqueued. Not
 * for dry runs and repeats, which cost nothing.
 */
export class AdmissionGate {
  constructor(
    private readonly overload: OverloadGate,
    private readonly limits: LimitGate,
  ) {}

  /**
   * Takes of the limits of key and organization; a request without limits costs no round trip. What a request took is
   * returned if it is not accepted. Errors: `OVERLOADED`, `RATE_LIMITED`, `SPEND_LIMIT_EXCEEDED`.
   */
  async admit(request: FastifyRequest, { queue, plan, deadline }: BillableWork): Promise<Result<void>> {
    const room = await this.overload.check(queue);
    return room.ok ? this.limits.admit(request, { plan, deadline }) : room;
  }
}
