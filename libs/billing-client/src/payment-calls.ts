import {
  autoTopUpViewSchema,
  cardSetupSchema,
  topUpPageSchema,
  topUpViewSchema,
  type AutoTopUpView,
  type CardSetup,
  type Result,
  type SignedPaymentEvent,
  type TopUpListQuery,
  type TopUpPage,
  type TopUpRequest,
  type TopUpView,
} from '@lumenfall/contracts';
import { nothing, organizationPath, readAnswer, type Exchange } from './exchange.js';

/** Billing calls the payment provider in turn, twice for a new customer. */
const PROVIDER_MS = 25_000;

/** The part of billing's API that is about payments. */
export interface PaymentCalls {
  /**
   * Requests credit. A repeat with the same id returns the first. Errors: `INVALID_REQUEST` below the minimum,
   * `RATE_LIMITED`, `OVERLOADED` also if the payment provider does not answer.
   */
  requestTopUp(organizationId: string, request: TopUpRequest): Promise<Result<TopUpView>>;
  /** Newest first. */
  topUps(organizationId: string, query: TopUpListQuery): Promise<Result<TopUpPage>>;
  autoTopUp(organizationId: string): Promise<Result<AutoTopUpView>>;
  /** A page on which the customer saves a card. Errors: `NOT_FOUND` if no provider keeps cards, `OVERLOADED`. */
  setUpCard(organizationId: string, reference: string): Promise<Result<CardSetup>>;
  /** Errors: `INVALID_REQUEST` for an invalid signature, `NOT_FOUND` if no provider is configured, `OVERLOADED`. */
  paymentEvent(event: SignedPaymentEvent): Promise<Result<void>>;
}

export function paymentCalls(exchange: Exchange): PaymentCalls {
  return {
    async requestTopUp(organizationId, request) {
      const path = `${organizationPath(organizationId)}/top-ups`;
      const answer = await exchange.call('POST', path, { body: request, waitMs: PROVIDER_MS });
      return answer.ok ? readAnswer(answer.value, topUpViewSchema) : answer;
    },

    async topUps(organizationId, query) {
      const answer = await exchange.call('GET', `${organizationPath(organizationId)}/top-ups`, { query });
      return answer.ok ? readAnswer(answer.value, topUpPageSchema) : answer;
    },

    async autoTopUp(organizationId) {
      const answer = await exchange.call('GET', `${organizationPath(organizationId)}/auto-top-up`);
      return answer.ok ? readAnswer(answer.value, autoTopUpViewSchema) : answer;
    },

    async setUpCard(organizationId, reference) {
      const path = `${organizationPath(organizationId)}/card-setups`;
      const answer = await exchange.call('POST', path, { body: { reference }, waitMs: PROVIDER_MS });
      return answer.ok ? readAnswer(answer.value, cardSetupSchema) : answer;
    },

    async paymentEvent(event) {
      const answer = await exchange.call('POST', '/internal/payment-events', { body: event, waitMs: 10_000 });
      return answer.ok ? readAnswer(answer.value, nothing) : answer;
    },
  };
}
