import { isDecimalString, usdToMicros } from '@lumenfall/money';
import { paymentShape } from '@lumenfall/payments';
import {
  databaseUrlVariable,
  graceShape,
  integerVariable,
  listenShape,
  logShape,
  queueUrlVariable,
} from '@lumenfall/service-kit';
import { z } from 'zod';

const usdVariable = (fallback: string) =>
  z
    .string()
    .refine(isDecimalString, 'expected an amount such as "1" or "0.50"')
    .default(fallback)
    .transform((usd) => usdToMicros(usd));

export const billingConfiguration = z.object({
  ...listenShape,
  ...logShape,
  ...graceShape,
  DATABASE_URL: databaseUrlVariable,
  QUEUE_URL: queueUrlVariable,
  QUEUE_STALL_MS: integerVariable(15_000, { min: 1_000, max: 3_600_000 }),
  DATABASE_CONNECTIONS: integerVariable(10, { min: 2, max: 500 }),
  /**
   * How long after its placement, and after each review, a hold is reviewed; one whose request is lost ends within
   * twice this time.
   */
  HOLD_REVIEW_MS: integerVariable(15_000, { min: 500, max: 600_000 }),
  /** An account with less than this needs a hold before every chat. */
  LOW_BALANCE_FLOOR_USD: usdVariable('1'),
  /** The smallest amount of a top-up that a customer asks for. */
  MIN_TOP_UP_USD: usdVariable('10'),
  ...paymentShape,
});
export type BillingConfiguration = z.infer<typeof billingConfiguration>;
