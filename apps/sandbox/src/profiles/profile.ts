import { PROVIDER_SLUGS } from '@lumenfall/contracts';
import { z } from 'zod';

/** Failures other than a status, by the names that the journal and the tally use. */
export const NAMED_FAILURES = ['empty', 'moderation', 'hang', 'reset', 'cut', 'break'] as const;
export type NamedFailure = (typeof NAMED_FAILURES)[number];

/** What a profile can make of a call: an HTTP status as text, or one of the named failures. */
export type Failure = NamedFailure | `${number}`;

const isFailure = (name: string): name is Failure =>
  /^[45]\d\d$/.test(name) || NAMED_FAILURES.some((known) => known === name);

const LONGEST_MS = 3_600_000;
const milliseconds = z.number().min(0).max(LONGEST_MS);

/** Always the same, or spread as real providers' latencies are (log-normal) with this median and 95th percentile. */
const latencySchema = z.union(
  [
    milliseconds,
    z
      .strictObject({ p50: milliseconds.positive(), p95: milliseconds.positive() })
      .refine(({ p50, p95 }) => p95 >= p50, 'p95 must not be below p50'),
  ],
  `expected milliseconds up to ${LONGEST_MS}, or { "p50": 800, "p95": 5000 }`,
);
export type Latency = z.infer<typeof latencySchema>;

/** How likely each failure is, 0 to 1; the remaining calls succeed. */
const failuresSchema = z
  .record(z.string(), z.number('expected a share from 0 to 1').min(0).max(1))
  .superRefine((failures, context) => {
    for (const name of Object.keys(failures)) {
      if (isFailure(name)) continue;
      const message = `'${name}' is not a failure: use a status from 400 to 599, or ${NAMED_FAILURES.join(', ')}`;
      context.addIssue({ code: 'custom', path: [name], message });
    }
    const sum = Object.values(failures).reduce((total, share) => total + share, 0);
    if (sum > 1 + 1e-9) context.addIssue({ code: 'custom', message: `these shares add up to ${sum}, more than 1` });
  })
  .transform((failures) => failures as Partial<Record<Failure, number>>);
export type Failures = z.infer<typeof failuresSchema>;

/** How a provider is down: it resets connections, answers 503, or never answers. */
export const DOWN_FORMS = ['reset', 'unavailable', 'hang'] as const;
export type DownForm = (typeof DOWN_FORMS)[number];

const providerProfileSchema = z.strictObject({
  latency_ms: latencySchema.optional(),
  fail: failuresSchema.optional(),
  /** `true` is `reset`. */
  down: z
    .union([z.boolean(), z.enum(DOWN_FORMS)], `expected true, false, or one of ${DOWN_FORMS.join(', ')}`)
    .transform((down): DownForm | null => (down === true ? 'reset' : down === false ? null : down))
    .optional(),
  /** `Retry-After` of 429 and 503, seconds. */
  retry_after_s: z.number().int().min(0).max(86_400).optional(),
});
export type ProviderProfile = z.infer<typeof providerProfileSchema>;

const KNOWN = [...PROVIDER_SLUGS, '*'];

/** The body of `PUT /_sandbox/profile`: how every provider behaves from now on. */
export const profileSchema = z.strictObject({
  /** By slug; `*` is every provider that is not named. */
  providers: z
    .record(z.string(), providerProfileSchema)
    .superRefine((providers, context) => {
      for (const name of Object.keys(providers)) {
        if (KNOWN.includes(name)) continue;
        const message = `'${name}' is not a provider: use ${KNOWN.join(', ')}`;
        context.addIssue({ code: 'custom', path: [name], message });
      }
    })
    .default({}),
  /** Holds for whatever a provider's own entry leaves open. */
  mix: z.enum(['lumenfall']).nullable().default(null),
  seed: z.number().int().min(0).max(0xffff_ffff).default(1),
  /** Factor on every latency, so that a test of minutes takes seconds. */
  time_scale: z.number().positive().max(1).default(1),
});
export type Profile = z.infer<typeof profileSchema>;

/** No provider fails or is slow. */
export const CALM: Profile = { providers: {}, mix: null, seed: 1, time_scale: 1 };
