import {
  fail,
  holdPlacedSchema,
  holdRefusalSchema,
  holdTooLateSchema,
  succeed,
  apiError,
  type HoldRequest,
  type Result,
} from '@lumenfall/contracts';
import { formatUsd, micros } from '@lumenfall/money';
import type { DatabaseClock } from './database-clock.js';
import { readAnswer, unavailable, type Exchange } from './exchange.js';

export type NewHold = Omit<HoldRequest, 'placeUntil'>;

export interface PlacedHold {
  /** How long from now the hold is kept, in ms, even if billing finds nothing that works on the request. */
  keptForMs: number;
}

/**
 * Places a hold. The call waits for `timeoutMs`, and the hold may be placed only so long: the gateway refuses the
 * request afterwards. The clock of the database decides about the latter, because the machines' clocks may differ. If
 * the estimate of that clock was wrong, billing refuses the hold as late before the time is over; it answers with its
 * time, and the call is repeated once.
 */
export async function placeHold(
  request: NewHold,
  { exchange, clock, timeoutMs }: { exchange: Exchange; clock: DatabaseClock; timeoutMs: number },
): Promise<Result<PlacedHold>> {
  const startedAt = Date.now();
  const first = await once();
  return first === 'late' && Date.now() < startedAt + timeoutMs ? unlate(await once()) : unlate(first);

  async function once(): Promise<Result<PlacedHold> | 'late'> {
    const sentAt = Date.now();
    const waitMs = startedAt + timeoutMs - sentAt;
    const body: HoldRequest = { ...request, placeUntil: Math.floor(clock.at(startedAt + timeoutMs)) };
    const answer = await exchange.call('POST', '/internal/holds', { body, waitMs });
    if (!answer.ok) return answer;
    const receivedAt = Date.now();
    const { status, body: content } = answer.value;
    const tooLate = status === 409 ? holdTooLateSchema.safeParse(content) : undefined;
    if (tooLate?.success) {
      clock.correct(tooLate.data.now, { sentAt, receivedAt });
      return tooLate.data.tooLate === 'late' ? 'late' : fail(unavailable());
    }
    const refusal = status === 402 ? holdRefusalSchema.safeParse(content) : undefined;
    if (refusal?.success) return fail(insufficientBalance(refusal.data));
    const placed = readAnswer(answer.value, holdPlacedSchema);
    if (!placed.ok) return placed;
    clock.correct(placed.value.now, { sentAt, receivedAt });
    return succeed({ keptForMs: Math.max(0, placed.value.keptForMs - (receivedAt - sentAt)) });
  }
}

const unlate = (placed: Result<PlacedHold> | 'late'): Result<PlacedHold> =>
  placed === 'late' ? fail(unavailable()) : placed;

function insufficientBalance({ requiredMicros, availableMicros }: { requiredMicros: number; availableMicros: number }) {
  const required = formatUsd(micros(requiredMicros));
  const available = formatUsd(micros(availableMicros));
  return apiError('INSUFFICIENT_BALANCE', `Insufficient balance: ${required} required, ${available} available`);
}
