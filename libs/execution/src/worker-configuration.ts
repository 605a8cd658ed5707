import { readProviderEndpoints, type ProviderEndpoint } from '@lumenfall/providers';
import {
  graceShape,
  integerVariable,
  listenShape,
  logShape,
  OperatorError,
  queueUrlVariable,
} from '@lumenfall/service-kit';

/** The variables that every worker reads; its schema is loose, so that the providers' own variables stay in it. */
export const workerShape = {
  ...listenShape,
  ...logShape,
  ...graceShape,
  QUEUE_URL: queueUrlVariable,
  /** How long a job may go without a sign of life of its worker before it is given to another, in ms. */
  QUEUE_STALL_MS: integerVariable(15_000, { min: 1_000, max: 600_000 }),
};

export const concurrencyVariable = (fallback: number) => integerVariable(fallback, { min: 1, max: 10_000 });

/** The endpoints of this worker's providers. Throws an `OperatorError` if a variable cannot be used. */
export function endpointsFrom(configuration: Readonly<Record<string, unknown>>): ProviderEndpoint[] {
  const endpoints = readProviderEndpoints(configuration);
  if (!endpoints.ok) throw new OperatorError(endpoints.error);
  return endpoints.value;
}
