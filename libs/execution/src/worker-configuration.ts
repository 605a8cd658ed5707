import { readProviderEndpoints, type ProviderEndpoint, type TimeLimits } from '@lumenfall/providers';
import {
  graceShape,
  integerVariable,
  listenShape,
  logShape,
  OperatorError,
  queueUrlVariable,
} from '@lumenfall/service-kit';

/** The variables of every worker. Its schema is loose and so keeps the variables of the providers. */
export const workerShape = {
  ...listenShape,
  ...logShape,
  ...graceShape,
  QUEUE_URL: queueUrlVariable,
  /** How long a worker may be silent before its jobs are given to another, in ms. */
  QUEUE_STALL_MS: integerVariable(15_000, { min: 1_000, max: 600_000 }),
};

export const concurrencyVariable = (fallback: number) => integerVariable(fallback, { min: 1, max: 10_000 });

/** The endpoints of this worker's providers. Throws an `OperatorError` if a variable cannot be used. */
export function endpointsFrom(configuration: Readonly<Record<string, unknown>>): ProviderEndpoint[] {
  const endpoints = readProviderEndpoints(configuration);
  if (!endpoints.ok) throw new OperatorError(endpoints.error);
  return endpoints.value;
}

/** The four variables that bound one kind of provider call, such as `CHAT_FIRST_BYTE_MS`. */
type LimitVariables<P extends string> = Record<
  `${P}_CONNECT_MS` | `${P}_FIRST_BYTE_MS` | `${P}_IDLE_MS` | `${P}_WHOLE_MS`,
  ReturnType<typeof integerVariable>
>;

/** @param most upper bound of each, in ms */
export function limitVariables<P extends string>(
  prefix: P,
  defaults: TimeLimits,
  most: number = 600_000,
): LimitVariables<P> {
  const bounds = { min: 1, max: most };
  const variables: LimitVariables<string> = {
    [`${prefix}_CONNECT_MS`]: integerVariable(defaults.connectMs, bounds),
    [`${prefix}_FIRST_BYTE_MS`]: integerVariable(defaults.firstByteMs, bounds),
    [`${prefix}_IDLE_MS`]: integerVariable(defaults.idleMs, bounds),
    [`${prefix}_WHOLE_MS`]: integerVariable(defaults.wholeMs, bounds),
  };
  // The type names the keys by the same prefix.
  return variables as LimitVariables<P>;
}

/** The limits that the variables of `limitVariables(prefix)` configure. */
export function limitsOf<P extends string>(
  prefix: P,
  configuration: Record<keyof LimitVariables<P>, number>,
): TimeLimits {
  const read: Readonly<Record<string, number>> = configuration;
  const limit = (phase: string): number => {
    const ms = read[`${prefix}_${phase}_MS`];
    if (ms === undefined) throw new Error(`${prefix}_${phase}_MS was not parsed`);
    return ms;
  };
  return {
    connectMs: limit('CONNECT'),
    firstByteMs: limit('FIRST_BYTE'),
    idleMs: limit('IDLE'),
    wholeMs: limit('WHOLE'),
  };
}
