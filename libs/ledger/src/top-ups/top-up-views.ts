import type { AutoTopUpView, TopUpView } from '@lumenfall/contracts';
import { microsToUsd } from '@lumenfall/money';
import type { AutoTopUp } from './auto-top-ups.js';
import type { TopUp } from './top-up-row.js';

/** A top-up as the public API and the operator see it. */
export function topUpView(topUp: TopUp): TopUpView {
  const isOpen = topUp.state === 'requested' || topUp.state === 'pending';
  return {
    id: topUp.id,
    object: 'top_up',
    type: topUp.kind,
    status: topUp.state,
    amount: microsToUsd(topUp.amountMicros),
    refunded: microsToUsd(topUp.refundedMicros),
    currency: 'usd',
    provider: topUp.provider,
    checkout_url: isOpen ? (topUp.checkout?.url ?? null) : null,
    failure_reason: topUp.failureReason,
    created_at: topUp.createdAt.toISOString(),
    updated_at: topUp.updatedAt.toISOString(),
  };
}

/** @param settings null if automatic top-ups were never set */
export function autoTopUpView(settings: AutoTopUp | null, hasCard: boolean): AutoTopUpView {
  return {
    object: 'auto_top_up',
    enabled: settings?.enabled ?? false,
    threshold: settings && microsToUsd(settings.thresholdMicros),
    amount: settings && microsToUsd(settings.amountMicros),
    currency: 'usd',
    max_per_day: settings?.maxPerDay ?? null,
    has_saved_card: hasCard,
    failures: settings?.failures ?? 0,
    last_failure: settings?.lastFailure ?? null,
    next_attempt_at: settings?.notBefore?.toISOString() ?? null,
  };
}
