import { mediaShape } from '@lumenfall/media';
import { readProviderEndpoints, type ProviderEndpoint } from '@lumenfall/providers';
import {
  databaseUrlVariable,
  graceShape,
  integerVariable,
  listenShape,
  logShape,
  OperatorError,
  queueUrlVariable,
  urlVariable,
} from '@lumenfall/service-kit';
import { z } from 'zod';

/** The gateway's environment; loose, so that the providers' own variables stay in it. */
export const gatewayConfiguration = z.looseObject({
  ...listenShape,
  ...logShape,
  ...graceShape,
  DATABASE_URL: databaseUrlVariable,
  QUEUE_URL: queueUrlVariable,
  BILLING_URL: urlVariable('http:', 'https:'),
  /** How long a request waits for billing; a hold is not placed later. */
  BILLING_TIMEOUT_MS: integerVariable(2_000, { min: 100, max: 30_000 }),
  ...mediaShape,
  /** Model files of the operator's own, over those that are shipped. */
  CATALOG_DIR: z.string().optional(),
  /** Base of the addresses of generated files; by default where the gateway itself listens. */
  PUBLIC_URL: urlVariable('http:', 'https:').optional(),
  /** Work of a kind that waits; above it more is refused with 503. */
  MAX_QUEUE_DEPTH: integerVariable(10_000, { min: 1, max: 10_000_000 }),
  /** Enables the admin API, `/admin/v1`. Not an API key: those are of organizations. */
  ADMIN_TOKEN: z
    .string()
    .regex(
      /^(?!lmnfl_)[!-~]{24,}$/,
      'expected at least 24 printable characters without blanks, such as `openssl rand -hex 32` prints',
    )
    .optional(),
  /** The gateway's share of the database's connections. */
  DATABASE_CONNECTIONS: integerVariable(10, { min: 1, max: 500 }),
});
export type GatewayConfiguration = z.infer<typeof gatewayConfiguration>;

/** The endpoints that requests are planned for. Throws an `OperatorError` if a variable cannot be used. */
export function providerEndpoints(configuration: Readonly<Record<string, unknown>>): ProviderEndpoint[] {
  const endpoints = readProviderEndpoints(configuration);
  if (!endpoints.ok) throw new OperatorError(endpoints.error);
  return endpoints.value;
}
