import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  apiError,
  errorEnvelope,
  estimateRequestSchema,
  holdReleasesSchema,
  holdRequestSchema,
  httpStatusOf,
  operationRequestSchema,
  requestQuerySchema,
  type ApiError,
  type Balance,
  type HoldOwner,
  type HoldPlaced,
  type HoldRequest,
  type HoldTooLate,
  type RequestPage,
  type RequestQuery,
  type RequestView,
  type UsageRecord,
} from '@lumenfall/contracts';
import { estimatePlan } from '@lumenfall/metering';
import { pause } from '@lumenfall/testing';
import { LocalServer } from './local-server.js';
import { OperationsStandIn } from './operations-stand-in.js';

type Answer = [status: number, body?: unknown];

/** Billing's internal HTTP API over one account in memory. It passes the same contract as real billing. */
export class BillingStandIn {
  balanceMicros = 10_000_000;
  low = false;
  billingType: Balance['billingType'] = 'prepaid';
  /** Amounts by request id. */
  readonly holds = new Map<string, number>();
  /** Request ids of holds that were released, also of such that were never placed. */
  readonly released: string[] = [];
  /** Holds that were asked for, and of them those that were answered. */
  asked = { begun: 0, done: 0 };
  /** Waits before it places a hold, and before it answers that it has, in ms. */
  slow = { place: 0, answer: 0 };
  /** How many of the next calls that release holds fail. */
  failingReleases = 0;
  /** How far the clock of its database is ahead, in ms. */
  clockOffsetMs = 0;
  readonly records: UsageRecord[] = [];
  readonly operations = new OperationsStandIn((amountMicros) => (this.balanceMicros += amountMicros));
  readonly #server = new LocalServer((request, response) => void this.#serve(request, response));

  /** @param port by default a free one */
  start(port?: number): Promise<string> {
    return this.#server.start(port);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
    const route = `${request.method} ${pathname}`;
    const json = await jsonOf(request);
    const isHold = route === 'POST /internal/holds';
    if (isHold) this.asked.begun += 1;
    if (isHold) await pause(this.slow.place);
    const [status, body] = this.#answer(route, json, Object.fromEntries(searchParams));
    if (isHold) await pause(this.slow.answer);
    if (isHold) this.asked.done += 1;
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify(body));
  }

  #answer(route: string, body: unknown, query: object): Answer {
    if (route === 'POST /internal/estimates') {
      const estimate = estimatePlan(estimateRequestSchema.parse(body).plan);
      return estimate.ok ? [200, estimate.value] : failed(estimate.error);
    }
    const operation = /^POST \/internal\/operations\/(.*)$/.exec(route)?.[1];
    if (operation !== undefined) {
      const done = this.operations.operate(operation, operationRequestSchema.parse(body).input);
      return done.ok ? [200, done.value] : failed(done.error);
    }
    if (route === 'POST /internal/holds') return this.#hold(holdRequestSchema.parse(body));
    if (route === 'POST /internal/holds/releases') return this.#release(holdReleasesSchema.parse(body).holds);
    const [, , , , id = '', part, requestId] = route.split(/[ /]/);
    if (part === 'balance') return isUnknown(id) ? notFound() : [200, this.#balance()];
    const records = isUnknown(id) ? [] : this.records;
    if (requestId === undefined) return [200, pageOf(records, requestQuerySchema.parse(query))];
    const record = records.find((one) => one.requestId === requestId);
    return record === undefined ? notFound() : [200, viewOf(record)];
  }

  #release(holds: readonly HoldOwner[]): Answer {
    if (this.failingReleases > 0) {
      this.failingReleases -= 1;
      return [500];
    }
    for (const { requestId, organizationId } of holds) {
      this.holds.delete(requestId);
      if (!isUnknown(organizationId)) this.released.push(requestId);
    }
    return [204];
  }

  #hold({ requestId, organizationId, amountMicros, placeUntil }: HoldRequest): Answer {
    if (isUnknown(organizationId)) return notFound();
    const { availableMicros } = this.#balance();
    const now = Date.now() + this.clockOffsetMs;
    const placed: Answer = [201, { now, keptForMs: 21_000 } satisfies HoldPlaced];
    if (this.holds.has(requestId)) return placed;
    const tooLate = this.released.includes(requestId) ? 'ended' : now > placeUntil ? 'late' : null;
    if (tooLate !== null) return [409, { tooLate, now } satisfies HoldTooLate];
    if (amountMicros > availableMicros) return [402, { requiredMicros: amountMicros, availableMicros }];
    this.holds.set(requestId, amountMicros);
    return placed;
  }

  #balance(): Balance {
    const heldMicros = [...this.holds.values()].reduce((sum, held) => sum + held, 0);
    const { billingType, balanceMicros, low } = this;
    return { billingType, balanceMicros, heldMicros, availableMicros: balanceMicros - heldMicros, low };
  }
}

/** The account belongs to whichever organization the gateway under test has created. */
const isUnknown = (organizationId: string): boolean => organizationId === 'org_unknown';

const failed = (error: ApiError): Answer => [httpStatusOf(error), errorEnvelope(error)];
const notFound = (): Answer => failed(apiError('NOT_FOUND', 'It does not exist'));

function pageOf(records: readonly UsageRecord[], { limit, starting_after, status }: RequestQuery): RequestPage {
  const matching = records.filter((record) => status === undefined || record.status === status);
  const newestFirst = matching.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const from = starting_after ? newestFirst.findIndex(({ requestId }) => requestId === starting_after) + 1 : 0;
  const data = newestFirst.slice(from, from + limit).map(viewOf);
  return { data, hasOlder: from + limit < newestFirst.length, hasNewer: from > 0 };
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const text = Buffer.concat(chunks).toString();
  return text === '' ? null : JSON.parse(text);
}

function viewOf(record: UsageRecord): RequestView {
  return {
    id: record.requestId,
    object: 'request',
    created_at: record.createdAt,
    model: record.model,
    modality: record.modality,
    endpoint: record.endpoint,
    status: record.status,
    cost: 0,
    currency: 'usd',
    duration_ms: record.durationMs,
    key_id: record.keyId,
    error_code: record.errorCode,
    error_message: record.errorMessage,
    session_id: record.sessionId,
    trace_id: record.traceId,
    user: record.user,
    request_size_bytes: record.requestSizeBytes,
    response_size_bytes: record.responseSizeBytes,
  };
}
