import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import { z } from 'zod';
import type { CustomerStore, PaymentPort } from './payment-port.js';
import { stripePort } from './stripe/stripe-port.js';

/** The variables of the payment providers. Without STRIPE_SECRET_KEY, payments are completed by an operator. */
export const paymentShape = {
  /** A secret (`sk_`) or restricted (`rk_`) key of Stripe. */
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^[sr]k_\w+$/, 'expected a secret key of Stripe, which begins with sk_ or rk_')
    .optional(),
  /** Signs the events that Stripe sends to `POST /webhooks/stripe`. */
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_\S+$/, 'expected the signing secret of a webhook endpoint of Stripe, which begins with whsec_')
    .optional(),
  /** Where Stripe's payment page leads back to. */
  STRIPE_RETURN_URL: z.string().refine(isWebUrl, 'expected a URL that begins with https:// or http://').optional(),
  /** Another server that speaks Stripe's protocol, for tests. */
  STRIPE_API_BASE: z
    .string()
    .refine(isOrigin, 'expected a URL without a path, such as http://localhost:12111')
    .optional(),
};
export type PaymentConfiguration = z.infer<z.ZodObject<typeof paymentShape>>;

/** Opens the configured provider. The error is one line for the operator. */
export function openPaymentPort(
  configuration: PaymentConfiguration,
  customers: CustomerStore,
): Result<PaymentPort, string> {
  const {
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_RETURN_URL: returnUrl,
    STRIPE_API_BASE: apiBase,
  } = configuration;
  if (secretKey === undefined) {
    const alone = webhookSecret !== undefined || returnUrl !== undefined || apiBase !== undefined;
    return alone
      ? fail('STRIPE_SECRET_KEY is not set, but another STRIPE_ variable is: set it too, or unset the others.')
      : succeed(manualPort);
  }
  if (webhookSecret === undefined)
    return fail('STRIPE_WEBHOOK_SECRET is not set: Stripe needs it with STRIPE_SECRET_KEY to report payments.');
  if (returnUrl === undefined)
    return fail('STRIPE_RETURN_URL is not set: Stripe needs it with STRIPE_SECRET_KEY to lead customers back.');
  return succeed(stripePort({ secretKey, webhookSecret, returnUrl, apiBase: apiBase ?? null }, customers));
}

/** An operator completes each top-up: nothing is charged here. */
const manualPort: PaymentPort = {
  name: 'manual',
  charge: async () => ({ outcome: 'pending', paymentId: null }),
  checkout: async () => ({ outcome: 'recorded' }),
  setUp: async () => ({ outcome: 'recorded' }),
  find: async () => ({ outcome: 'pending', paymentId: null }),
  readEvent: () => fail(apiError('NOT_FOUND', 'Stripe is not configured: set STRIPE_SECRET_KEY')),
};

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isOrigin(text: string): boolean {
  if (!isWebUrl(text)) return false;
  const { pathname, search, username } = new URL(text);
  return pathname === '/' && search === '' && username === '';
}
