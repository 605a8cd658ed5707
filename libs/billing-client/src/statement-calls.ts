import {
  statementPageSchema,
  statementSchema,
  type Result,
  type Statement,
  type StatementPage,
  type StatementQuery,
} from '@lumenfall/contracts';
import { organizationPath, readAnswer, type Exchange } from './exchange.js';

/** A statement may have thousands of lines. */
const WAIT_MS = 10_000;

/** The part of billing's API that is about monthly statements. */
export interface StatementCalls {
  /** Newest first. */
  statements(organizationId: string, query: StatementQuery): Promise<Result<StatementPage>>;
  /** Errors: `INVALID_REQUEST` for what is not a month, `NOT_FOUND` for a month in which the account was not open. */
  statement(organizationId: string, month: string): Promise<Result<Statement>>;
}

export function statementCalls(exchange: Exchange): StatementCalls {
  const path = (organizationId: string): string => `${organizationPath(organizationId)}/statements`;
  return {
    async statements(organizationId, query) {
      const answer = await exchange.call('GET', path(organizationId), { query, waitMs: WAIT_MS });
      return answer.ok ? readAnswer(answer.value, statementPageSchema) : answer;
    },

    async statement(organizationId, month) {
      const url = `${path(organizationId)}/${encodeURIComponent(month)}`;
      const answer = await exchange.call('GET', url, { waitMs: WAIT_MS });
      return answer.ok ? readAnswer(answer.value, statementSchema) : answer;
    },
  };
}
