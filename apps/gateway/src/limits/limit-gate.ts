import type { Clock } from '@lumenfall/async';
import { apiError, fail, succeed, type Plan, type Result } from '@lumenfall/contracts';
import type { LimitCounters, TakeOutcome } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import { claimsOf, type AppliedLimits, type LimitClaim } from './limit-claims.js';
import { limitHeadersOf } from './limit-headers.js';
import { refusalOf } from './limit-refusal.js';
import type { RunningRequests } from './running-requests.js';
import type { SpendFigures } from './spend-figures.js';
import { TakenLimits, type Taken } from './taken-limits.js';

export interface LimitGateParts {
  counters: LimitCounters;
  figures: Pick<SpendFigures, 'settle'>;
  running: RunningRequests;
  clock: Clock;
  log: Logger;
}

export interface LimitedWork {
  plan: Plan;
  /** Unix ms. */
  deadline: number;
}

/** How often the figures of the spend limits are settled for one request. */
const MAX_SETTLEMENTS = 2;

/** Checks the limits of keys and organizations, and takes of all of them or of none. */
export class LimitGate {
  constructor(private readonly parts: LimitGateParts) {}

  /**
   * Takes of the limits what the request needs; a request without limits passes at once. The request gives back what it
   * took when its answer ends (see `TakenLimits`). Errors: `RATE_LIMITED`, `SPEND_LIMIT_EXCEEDED`, `OVERLOADED` if
   * limits are set and cannot be checked.
   */
  async admit(request: FastifyRequest, { plan, deadline }: LimitedWork): Promise<Result<void>> {
    const limits = request.principal?.limits ?? null;
    if (limits === null) return succeed(undefined);
    const { clock, log } = this.parts;
    const claims = claimsOf(limits, plan, clock.now());
    let outcome: Settled;
    try {
      outcome = await this.#take(request.id, claims, limits);
    } catch (error) {
      log.error({ err: error, requestId: request.id }, 'the limits of a request could not be checked');
      // It may have been taken although no answer came.
      const leases = claims.flatMap(({ claim: { kind, bucket } }) => (kind === 'lease' ? [{ kind, bucket }] : []));
      this.parts.counters.give(request.id, leases).catch(() => undefined);
      const message =
        'The limits of this API key cannot be checked at the moment. Send the request again in a few seconds';
      return fail(apiError('OVERLOADED', message, { retryAfterMs: 2_000 }));
    }
    void request.reply?.headers(limitHeadersOf(claims, outcome.levels));
    if (outcome.outcome === 'refused') {
      const refused = claims[outcome.claim];
      if (refused === undefined) throw new Error('The counters refused a claim that was not made');
      const error = refusalOf(refused, outcome.levels[outcome.claim]?.used ?? 0, outcome.retryMs, clock.now());
      if (isFinal(refused)) void request.reply?.header('x-should-retry', 'false');
      return fail(error);
    }
    this.#start(request, {
      requestId: request.id,
      claims,
      at: outcome.at,
      deadline,
      isAccepted: () => request.accepted,
    });
    return succeed(undefined);
  }

  async #take(requestId: string, limited: readonly LimitClaim[], limits: AppliedLimits): Promise<Settled> {
    const { counters, figures, clock, log } = this.parts;
    const claims = limited.map(({ claim }) => claim);
    for (let settlements = 0; ; settlements += 1) {
      const outcome = await counters.take(requestId, claims);
      if (outcome.outcome === 'taken') {
        figures.settle(outcome.stale, limits, clock.now()).catch((error: unknown) => {
          log.warn({ err: error }, 'the spend of a limit could not be read');
        });
        return outcome;
      }
      const again = settlements < MAX_SETTLEMENTS;
      if (outcome.outcome === 'unsettled') {
        if (!again) throw new Error('The spend of a limit stays unknown');
        await figures.settle(outcome.buckets, limits, clock.now());
        continue;
      }
      // Only the newest figures refuse a request: charges may have been less than their estimates.
      const { bucket } = claims[outcome.claim] ?? { bucket: '' };
      if (!again || !outcome.stale.includes(bucket)) return outcome;
      await figures.settle(outcome.stale, limits, clock.now());
    }
  }

  #start(request: FastifyRequest, taken: Taken): void {
    const { counters, running, clock, log } = this.parts;
    const onError = (error: unknown): void =>
      log.warn({ err: error, requestId: taken.requestId }, 'limits could not be given back; they end by themselves');
    const limits = new TakenLimits({ counters, running, clock, onError }, taken);
    request.limits = limits;
    const end = (): void => void limits.end();
    const socket = request.reply?.raw;
    if (socket === undefined || socket.destroyed || socket.closed) end();
    else socket.once('close', end);
  }
}

type Settled = Exclude<TakeOutcome, { outcome: 'unsettled' }>;

/** Whether a client should not send the request again by itself: it would be refused for a long time, or for ever. */
const isFinal = ({ name, limit, claim }: LimitClaim): boolean =>
  name === 'spendPerDayMicros' || name === 'spendPerMonthMicros' || claim.amount > limit;
