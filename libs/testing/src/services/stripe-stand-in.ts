import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

type Fields = Record<string, string>;
type Json = Record<string, unknown>;

/** What the next call of a kind does instead of answering: it acts and closes the connection, or it only fails. */
type Fault = 'act-then-hang-up' | 'hang-up' | 'internal-error';

/** How a card behaves when it is charged, by its payment method. */
const DECLINES: Record<string, { code: string; decline_code: string }> = {
  pm_declined: { code: 'card_declined', decline_code: 'insufficient_funds' },
  pm_3ds: { code: 'authentication_required', decline_code: 'authentication_required' },
};

/**
 * Stripe's wire protocol on a free port, as far as top-ups use it: form-encoded requests, JSON answers, idempotency
 * keys, error objects and signed events. Payment methods: `pm_visa` pays, `pm_slow` stays in `processing`,
 * `pm_declined` and `pm_3ds` fail.
 */
export class StripeStandIn {
  readonly secretKey = 'sk_test_standin';
  readonly webhookSecret = 'whsec_standin';
  readonly customers: Json[] = [];
  readonly sessions: Json[] = [];
  readonly intents: Json[] = [];
  /** Calls that were executed, without replays: `POST /v1/payment_intents`. */
  readonly calls: string[] = [];
  url = '';
  #made = 0;
  readonly #faults: { route: string; fault: Fault }[] = [];
  readonly #answers = new Map<string, { fields: string; status: number; body: Json }>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The variables of a service that uses this stand-in. */
  environment(): Record<string, string> {
    return {
      STRIPE_SECRET_KEY: this.secretKey,
      STRIPE_WEBHOOK_SECRET: this.webhookSecret,
      STRIPE_RETURN_URL: 'https://example.com/billing',
      STRIPE_API_BASE: this.url,
    };
  }

  /** The next calls of `route` (`POST /v1/customers`) have this fault, one each. */
  break(route: string, ...faults: Fault[]): void {
    for (const fault of faults) this.#faults.push({ route, fault });
  }

  /** What the customer does on the page: pays with a card. @returns the payment intent */
  pay(checkoutId: string, paymentMethod = 'pm_visa'): Json {
    const session = this.#find(this.sessions, checkoutId);
    const known = this.intents.find(({ id }) => id === session['payment_intent']);
    const intent = known ?? this.#newIntent(session['customer'], session['amount_total'], session['metadata']);
    session['payment_intent'] = intent['id'];
    this.#charge(intent, paymentMethod);
    if (intent['status'] === 'succeeded') Object.assign(session, { status: 'complete', payment_status: 'paid' });
    return intent;
  }

  expire(checkoutId: string): Json {
    return Object.assign(this.#find(this.sessions, checkoutId), { status: 'expired' });
  }

  /** Ends a payment in `processing`. */
  settle(intentId: string): Json {
    const intent = this.#find(this.intents, intentId);
    return Object.assign(intent, { status: 'succeeded', amount_received: intent['amount'] });
  }

  /** The charge of a payment of which `cents` in all were given back. */
  refunded(intent: Json, cents: number): Json {
    const { id, amount_received, metadata } = intent;
    const amounts = { amount_captured: amount_received, amount_refunded: cents, currency: 'usd' };
    return { id: this.#id('ch'), object: 'charge', payment_intent: id, metadata, ...amounts };
  }

  /** An event as Stripe sends it. `atS`: when it was signed, in Unix seconds. */
  event(type: string, object: Json, atS = Math.floor(Date.now() / 1000)): { body: string; signature: string } {
    const event = { id: this.#id('evt'), object: 'event', type, created: atS, data: { object } };
    const body = JSON.stringify(event, null, 2);
    const mac = createHmac('sha256', this.webhookSecret).update(`${atS}.${body}`).digest('hex');
    return { body, signature: `t=${atS},v1=${mac}` };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
    const text = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
    const route = `${request.method} ${pathname}`;
    const index = this.#faults.findIndex((one) => one.route === route);
    const fault = index === -1 ? null : (this.#faults.splice(index, 1)[0]?.fault ?? null);
    if (fault === 'hang-up') return void request.socket.destroy();
    if (fault === 'internal-error') return send(response, 500, errorBody('api_error', 'internal'));
    if (request.headers.authorization !== `Bearer ${this.secretKey}`)
      return send(response, 401, errorBody('invalid_request_error', 'api_key_invalid'));
    const key = String(request.headers['idempotency-key'] ?? '');
    const earlier = key === '' ? undefined : this.#answers.get(key);
    if (earlier !== undefined && earlier.fields !== text)
      return send(response, 400, errorBody('idempotency_error', 'idempotency_key_in_use'));
    const query = request.method === 'GET' ? searchParams : new URLSearchParams(text);
    const { status, body } = earlier ?? this.#answer(route, Object.fromEntries(query));
    if (key !== '') this.#answers.set(key, { fields: text, status, body });
    if (fault === 'act-then-hang-up') return void request.socket.destroy();
    send(response, status, body, earlier === undefined ? {} : { 'idempotent-replayed': 'true' });
  }

  #answer(route: string, fields: Fields): { status: number; body: Json } {
    this.calls.push(route);
    const [, resource = '', id = ''] = /\/v1\/((?:checkout\/)?\w+)\/?(.*)$/.exec(route) ?? [];
    const ok = (body: Json): { status: number; body: Json } => ({ status: 200, body });
    if (route === 'POST /v1/customers') {
      const customer = { id: this.#id('cus'), object: 'customer', metadata: nested(fields, 'metadata') };
      this.customers.push(customer);
      return ok(customer);
    }
    if (route === 'POST /v1/checkout/sessions') return ok(this.#newSession(fields));
    if (route === 'POST /v1/payment_intents') return this.#confirmed(fields);
    if (route === 'GET /v1/payment_intents') {
      const data = this.intents.filter(({ customer }) => customer === fields['customer']);
      return ok({ object: 'list', data, has_more: false, url: '/v1/payment_intents' });
    }
    const rows = resource === 'payment_intents' ? this.intents : this.sessions;
    const found = rows.find((row) => row['id'] === id);
    if (found === undefined) return { status: 404, body: errorBody('invalid_request_error', 'resource_missing') };
    const intent = this.intents.find((row) => row['id'] === found['payment_intent']);
    return ok(intent === undefined ? found : { ...found, payment_intent: intent });
  }

  #newSession(fields: Fields): Json {
    const id = this.#id('cs');
    const session = {
      id,
      object: 'checkout.session',
      url: `https://checkout.stripe.test/${id}`,
      mode: fields['mode'],
      status: 'open',
      payment_status: 'unpaid',
      customer: fields['customer'],
      currency: 'usd',
      amount_total: Number(fields['line_items[0][price_data][unit_amount]'] ?? 0),
      payment_intent: null,
      metadata: nested(fields, 'metadata'),
    };
    this.sessions.push(session);
    return session;
  }

  #newIntent(customer: unknown, amount: unknown, metadata: unknown): Json {
    const intent = { id: this.#id('pi'), object: 'payment_intent', customer, amount, metadata, currency: 'usd' };
    const state = { status: 'requires_payment_method', amount_received: 0, last_payment_error: null };
    this.intents.push(Object.assign(intent, state));
    return intent;
  }

  #charge(intent: Json, paymentMethod: string): void {
    const decline = DECLINES[paymentMethod];
    const status = decline ? 'requires_payment_method' : paymentMethod === 'pm_slow' ? 'processing' : 'succeeded';
    const amount_received = status === 'succeeded' ? intent['amount'] : 0;
    Object.assign(intent, { status, amount_received, last_payment_error: decline ?? null });
  }

  /** A payment intent that is created and confirmed in one call, without the customer. */
  #confirmed(fields: Fields): { status: number; body: Json } {
    const intent = this.#newIntent(fields['customer'], Number(fields['amount']), nested(fields, 'metadata'));
    this.#charge(intent, fields['payment_method'] ?? '');
    const failure = intent['last_payment_error'] as Json | null;
    if (failure === null) return { status: 200, body: intent };
    const error = { type: 'card_error', message: 'Your card was declined.', ...failure, payment_intent: { ...intent } };
    return { status: 402, body: { error } };
  }

  #find(rows: Json[], id: string): Json {
    const found = rows.find((row) => row['id'] === id);
    if (found === undefined) throw new Error(`The stand-in has no ${id}`);
    return found;
  }

  #id(prefix: string): string {
    this.#made += 1;
    return `${prefix}_${String(this.#made).padStart(6, '0')}`;
  }
}

const errorBody = (type: string, code: string): Json => ({ error: { type, code, message: `${code} (stand-in)` } });

/** `metadata[top_up]=a` as `{ top_up: 'a' }`. */
function nested(fields: Fields, name: string): Fields {
  const entries = Object.entries(fields).flatMap(([field, value]) => {
    const inner = field.startsWith(`${name}[`) ? field.slice(name.length + 1, -1) : null;
    return inner === null ? [] : [[inner, value] as const];
  });
  return Object.fromEntries(entries);
}

function send(response: ServerResponse, status: number, body: Json, headers: Record<string, string> = {}): void {
  const all = { 'content-type': 'application/json', 'request-id': 'req_standin', ...headers };
  response.writeHead(status, all).end(JSON.stringify(body));
}
