import type { StoredOrganization } from '@lumenfall/accounts';
import type { Result } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import type { z } from 'zod';

/** The organization that the field `organization` of an input names, by id or slug. */
type Named<I> = I extends { organization: string } ? StoredOrganization : StoredOrganization | null;

/**
 * One thing that an operator can do or look up, by the command line or by the admin API. Input and output are objects
 * of JSON in snake_case; amounts are USD.
 */
export interface Operation<I extends object = object, O extends object = object> {
  input: z.ZodType<I>;
  /** True if it changes something: it runs in one transaction, which also records it as an operator action. */
  changes: boolean;
  /** Expected failures are values; they roll the transaction back. */
  run(client: Client, input: I, organization: Named<I>): Promise<Result<O>>;
  /** The id of the organization that was changed, if the input does not name it. */
  organizationOf?(output: O): string;
  /** The output as it is recorded, if it contains a secret. */
  withoutSecrets?(output: O): O;
}

/** An operation that only reads. */
export const lookUp = <I extends object, O extends object>(
  operation: Pick<Operation<I, O>, 'input' | 'run'>,
): Operation<I, O> => ({ ...operation, changes: false });

/** An operation that changes something. A `reference` in its input makes it repeatable: it is done once. */
export const change = <I extends object, O extends object>(
  operation: Omit<Operation<I, O>, 'changes'>,
): Operation<I, O> => ({ ...operation, changes: true });
