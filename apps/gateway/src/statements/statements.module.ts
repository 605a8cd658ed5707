import type { BillingClient } from '@lumenfall/billing-client';
import { statementQuerySchema, type NativeList, type Statement, type StatementSummary } from '@lumenfall/contracts';
import { parseInput, unwrap } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Module, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { nativeList, readListQuery } from '../account/native-list.js';
import { principalOf } from '../authentication/authentication.guard.js';
import { BILLING } from '../tokens.js';
import { statementCsv } from './statement-csv.js';

const formatSchema = z.object({ format: z.enum(['json', 'csv']).optional() });

/** The months of an organization's ledger, as JSON and CSV. */
@Controller('v1/statements')
export class StatementsController {
  constructor(@Inject(BILLING) private readonly billing: BillingClient) {}

  @Get()
  async page(@Req() request: FastifyRequest, @Query() query: unknown): Promise<NativeList<StatementSummary>> {
    const parsed = unwrap(readListQuery(statementQuerySchema, query));
    const page = unwrap(await this.billing.statements(principalOf(request).organizationId, parsed));
    return nativeList('/v1/statements', query, page);
  }

  /** CSV with `?format=csv`, or if `Accept` asks for it and the query has no format. */
  @Get(':month')
  async find(
    @Req() request: FastifyRequest,
    @Param('month') month: string,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Statement | string> {
    const { format = acceptsCsv(request) ? 'csv' : 'json' } = parseInput(formatSchema, query);
    const statement = unwrap(await this.billing.statement(principalOf(request).organizationId, month));
    void reply.header('vary', 'Accept');
    if (format === 'json') return statement;
    void reply.header('content-type', 'text/csv; charset=utf-8');
    void reply.header('content-disposition', `attachment; filename="statement-${statement.id}.csv"`);
    return statementCsv(statement);
  }
}

const acceptsCsv = ({ headers }: FastifyRequest): boolean => /(?:^|,)\s*text\/csv\b/i.test(headers.accept ?? '');

@Module({ controllers: [StatementsController] })
export class StatementsModule {}
