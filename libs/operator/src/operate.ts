import type { StoredOrganization } from '@lumenfall/accounts';
import { apiError, fail, succeed, validationError, type ApiError, type Result } from '@lumenfall/contracts';
import { inTransaction, type Client } from '@lumenfall/database';
import { actionStore, type ActionSource } from './actions.js';
import { findOrganization } from './find-organization.js';
import type { Operation } from './operation.js';
import { OPERATIONS, type OperationName } from './operations.js';

export type OutputOf<N extends OperationName> = (typeof OPERATIONS)[N] extends Operation<infer _I, infer O> ? O : never;

/** An expected failure inside of a transaction, which it rolls back. */
class Refused extends Error {
  constructor(readonly error: ApiError) {
    super(error.message);
  }
}

/**
 * Carries out an operation for the command line or the admin API. A change and its record among the operator actions
 * are one transaction. A change with a `reference` that was used for the same change before is not made again: the
 * answer is the recorded one. With another input, it is an `IDEMPOTENCY_CONFLICT`.
 *
 * Errors: `INVALID_REQUEST` with the field, `NOT_FOUND`, `IDEMPOTENCY_CONFLICT`. A refused change is recorded too.
 */
export async function operate<N extends OperationName>(
  client: Client,
  source: ActionSource,
  name: N,
  input: unknown,
): Promise<Result<OutputOf<N>>> {
  const operation: Operation = OPERATIONS[name];
  const parsed = operation.input.safeParse(input);
  if (!parsed.success) return fail(validationError(parsed.error));
  const result = operation.changes
    ? await makeChange(client, source, name, operation, parsed.data)
    : await withOrganization(client, parsed.data, (organization) => operation.run(client, parsed.data, organization));
  // The table of operations has the output of each; a value of it cannot.
  return result as Result<OutputOf<N>>;
}

async function makeChange(
  client: Client,
  source: ActionSource,
  action: OperationName,
  operation: Operation,
  input: object,
): Promise<Result<object>> {
  const reference = textField(input, 'reference');
  try {
    return await inTransaction(client, async (tx) => {
      const made = await withOrganization(tx, input, async (organization) => {
        const actions = actionStore(tx);
        if (reference !== null) {
          const earlier = await actions.claim({ action, organizationId: organization?.id ?? null, reference });
          if (earlier !== null && !earlier.isOf(input)) return fail(referenceTaken(reference));
          if (earlier !== null) return succeed(earlier.result);
        }
        const ran = await operation.run(tx, input, organization);
        if (!ran.ok) return ran;
        const organizationId = organization?.id ?? operation.organizationOf?.(ran.value) ?? null;
        const result = operation.withoutSecrets?.(ran.value) ?? ran.value;
        await actions.record({
          ...{ source, action, organizationId, reference },
          ...{ parameters: input, outcome: 'done', result },
        });
        return ran;
      });
      if (!made.ok) throw new Refused(made.error);
      return made;
    });
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    const { code: outcome, message } = thrown.error;
    const organizationId = await withOrganization(client, input, async (found) => succeed(found?.id ?? null));
    await actionStore(client).record({
      ...{ source, action, organizationId: organizationId.ok ? organizationId.value : null, reference },
      ...{ parameters: input, outcome, result: { message } },
    });
    return fail(thrown.error);
  }
}

/** Runs `work` with the organization that the input names; null if it names none. */
async function withOrganization<T>(
  client: Client,
  input: object,
  work: (organization: StoredOrganization | null) => Promise<Result<T>>,
): Promise<Result<T>> {
  const name = textField(input, 'organization');
  if (name === null) return work(null);
  const found = await findOrganization(client, name);
  return found.ok ? work(found.value) : found;
}

function textField(input: object, name: string): string | null {
  const value: unknown = Reflect.get(input, name);
  return typeof value === 'string' ? value : null;
}

function referenceTaken(reference: string): ApiError {
  const message = `The reference '${reference}' was used before with other values. Use a new reference for a new change`;
  return apiError('IDEMPOTENCY_CONFLICT', message, { param: 'reference' });
}
