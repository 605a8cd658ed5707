import type { TimeLimits } from '@lumenfall/providers';
import { integerVariable } from '@lumenfall/service-kit';

/** The four variables that bound one kind of provider call, such as `CHAT_FIRST_BYTE_MS`. */
type LimitVariables<P extends string> = Record<
  `${P}_CONNECT_MS` | `${P}_FIRST_BYTE_MS` | `${P}_IDLE_MS` | `${P}_WHOLE_MS`,
  ReturnType<typeof integerVariable>
>;

/** @param most of each, in ms: what the work around the call can wait for */
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
  // The keys are made of the very prefix that the type names.
  return variables as LimitVariables<P>;
}

/** What `limitVariables(prefix)` read. */
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
