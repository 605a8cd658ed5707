import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import { microsToUsd, micros, parseUsd, type Micros } from '@lumenfall/money';

/** The operations of billing: credit for the one account in memory, and canned answers for the others. */
export class OperationsStandIn {
  /** The calls, in order. */
  readonly calls: { name: string; input: Record<string, unknown> }[] = [];
  /** Answers of other operations by their name. */
  readonly answers = new Map<string, object>();
  readonly #credits = new Map<string, { amountMicros: Micros; answer: object }>();

  /** @param post adds an amount to the balance and returns the balance */
  constructor(private readonly post: (amountMicros: number) => number) {}

  operate(name: string, input: Record<string, unknown>): Result<object> {
    this.calls.push({ name, input });
    if (input['organization'] === 'org_unknown') {
      return fail(apiError('NOT_FOUND', "There is no organization 'org_unknown'", { param: 'organization' }));
    }
    if (name === 'credits.add' || name === 'credits.adjust') return this.#credit(name, input);
    const answer = this.answers.get(name);
    return answer ? succeed(answer) : fail(apiError('NOT_FOUND', `The operation '${name}' does not exist`));
  }

  #credit(name: string, { amount, reference, note = null }: Record<string, unknown>): Result<object> {
    const amountMicros = parseUsd(String(amount));
    if (amountMicros === null || (name === 'credits.add' && amountMicros <= 0)) {
      return fail(apiError('INVALID_REQUEST', 'amount: not an amount in USD', { param: 'amount' }));
    }
    const earlier = this.#credits.get(String(reference));
    if (earlier?.amountMicros === amountMicros) return succeed(earlier.answer);
    if (earlier) return fail(apiError('IDEMPOTENCY_CONFLICT', 'The reference was used before', { param: 'reference' }));
    const answer = {
      object: 'ledger_entry',
      type: name === 'credits.add' ? 'top_up' : 'adjustment',
      amount: microsToUsd(amountMicros),
      balance_after: microsToUsd(micros(this.post(amountMicros))),
      reference,
      note,
    };
    this.#credits.set(String(reference), { amountMicros, answer });
    return succeed(answer);
  }
}
