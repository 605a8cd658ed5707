import { estimatePlan } from '@lumenfall/metering';
import { estimateRequestSchema, holdRequestSchema, type Balance, type UsageRecord } from '@lumenfall/contracts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from './local-server.js';

/** Billing's internal HTTP API over one account in memory: what the gateway's tests need to see its side of it. */
export class BillingStandIn {
  balanceMicros = 10_000_000;
  low = false;
  billingType: Balance['billingType'] = 'prepaid';
  readonly holds = new Map<string, number>();
  readonly released: string[] = [];
  readonly records: UsageRecord[] = [];
  readonly #server = new LocalServer((request, response) => void this.#serve(request, response));

  start(): Promise<string> {
    return this.#server.start();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const [status, body] = this.#answer(`${request.method} ${path}`, await jsonOf(request));
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify(body));
  }

  #answer(route: string, body: unknown): [number, unknown?] {
    if (route === 'POST /internal/estimates') {
      const estimate = estimatePlan(estimateRequestSchema.parse(body).plan);
      return estimate.ok ? [200, estimate.value] : [503, { error: estimate.error }];
    }
    if (route === 'POST /internal/holds') return this.#hold(holdRequestSchema.parse(body));
    if (route.startsWith('DELETE /internal/holds/')) {
      const requestId = route.split('/').at(-1) ?? '';
      this.holds.delete(requestId);
      this.released.push(requestId);
      return [204];
    }
    if (route.endsWith('/balance')) return [200, this.#balance()];
    if (route.endsWith('/requests')) return [200, { data: this.records.map(viewOf), hasOlder: true, hasNewer: false }];
    const record = this.records.find(({ requestId }) => route.endsWith(`/requests/${requestId}`));
    return record === undefined
      ? [404, { error: { code: 'NOT_FOUND', message: 'no such request', param: null } }]
      : [200, viewOf(record)];
  }

  #hold({ requestId, amountMicros }: { requestId: string; amountMicros: number }): [number, unknown?] {
    const available = this.#balance().availableMicros;
    if (amountMicros > available) return [402, { requiredMicros: amountMicros, availableMicros: available }];
    this.holds.set(requestId, amountMicros);
    return [201, {}];
  }

  #balance(): Balance {
    const heldMicros = [...this.holds.values()].reduce((sum, held) => sum + held, 0);
    const { billingType, balanceMicros, low } = this;
    return { billingType, balanceMicros, heldMicros, availableMicros: balanceMicros - heldMicros, low };
  }
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const text = Buffer.concat(chunks).toString();
  return text === '' ? null : JSON.parse(text);
}

function viewOf(record: UsageRecord): unknown {
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
