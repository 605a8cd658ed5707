import type { Result } from '@lumenfall/contracts';
import type { Micros } from '@lumenfall/money';

/** The smallest amount that a payment provider can charge: all amounts are whole US cents. */
export const MICROS_PER_CENT = 10_000;

/** A payment for one top-up. */
export interface Payment {
  /** The id of the top-up; at the provider, the idempotency key and the metadata `top_up` of the payment. */
  reference: string;
  organizationId: string;
  /** Whole cents. */
  amountMicros: Micros;
}

/** What is known of a payment that may have been started. */
export interface StartedPayment extends Payment {
  /** The provider's id of the payment; null if it was not received. */
  paymentId: string | null;
  /** The provider's id of the page on which the customer pays; null if it was not received. */
  checkoutId: string | null;
  /** True for a charge without the customer, who gets no page. */
  automatic: boolean;
  startedAt: Date;
}

/**
 * The outcome of a charge. `succeeded`, `declined` and `requires-action` (the card's owner must confirm, which only a
 * checkout can ask for) are final. `pending`: the provider or an operator decides later. `unavailable`: it is not known
 * whether the provider has charged; ask again with `find`.
 */
export type ChargeOutcome =
  | { outcome: 'succeeded'; paymentId: string; receivedMicros: Micros }
  | { outcome: 'pending'; paymentId: string | null }
  | { outcome: 'requires-action'; paymentId: string | null; reason: string }
  | { outcome: 'declined'; paymentId: string | null; reason: string }
  | { outcome: 'unavailable'; reason: string };

/** `recorded`: an operator completes the payment; there is no page. */
export type CheckoutOutcome =
  | { outcome: 'opened'; url: string; checkoutId: string }
  | { outcome: 'recorded' }
  | { outcome: 'unavailable'; reason: string };

/** What a provider reports on its own. `reference` is null if the event does not carry it. */
export type PaymentEvent =
  | { type: 'succeeded'; reference: string; paymentId: string; receivedMicros: Micros }
  /** `closed`: the payment cannot succeed any more. Otherwise the customer may try another card. */
  | { type: 'failed'; reference: string; paymentId: string | null; reason: string; closed: boolean }
  /** Amounts are totals of the payment, not of this refund. */
  | {
      type: 'refunded';
      reference: string | null;
      paymentId: string;
      refundedMicros: Micros;
      receivedMicros: Micros;
    }
  /** The customer saved a means of payment for later charges. */
  | { type: 'method-saved'; customerId: string; paymentMethodId: string }
  /** Of a kind that changes nothing here. */
  | { type: 'ignored'; name: string };

/** A provider's customer, one per organization. */
export interface PaymentCustomer {
  customerId: string;
  /** The card that is charged without the customer; null until one was saved. */
  paymentMethodId: string | null;
}

/** Where the customers' ids are kept. */
export interface CustomerStore {
  find(organizationId: string): Promise<PaymentCustomer | null>;
  /** Keeps the first id that is saved for an organization. @returns the customer that is stored */
  save(organizationId: string, customerId: string): Promise<PaymentCustomer>;
}

/** A provider of payments. Every failure is a value; nothing takes longer than the provider's deadline. */
export interface PaymentPort {
  readonly name: 'manual' | 'stripe';
  /** Charges without the customer. A repeat with the same reference does not charge again. */
  charge(payment: Payment): Promise<ChargeOutcome>;
  /** Opens a page on which the customer pays. A repeat with the same reference returns the same page. */
  checkout(payment: Payment): Promise<CheckoutOutcome>;
  /** Opens a page on which the customer saves a card for later charges. Each reference has its own page. */
  setUp(organizationId: string, reference: string): Promise<CheckoutOutcome>;
  /** Asks for the state of a payment. `absent`: the provider has none, and will not get one any more. */
  find(payment: StartedPayment): Promise<ChargeOutcome | { outcome: 'absent' }>;
  /**
   * Reads an event that the provider sent, if its signature is valid and recent. Errors: `INVALID_REQUEST`, and
   * `NOT_FOUND` if this provider sends no events.
   *
   * @param payload the bytes as they were received
   */
  readEvent(payload: Uint8Array, signature: string): Result<PaymentEvent>;
}
