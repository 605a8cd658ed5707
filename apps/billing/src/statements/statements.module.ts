import { apiError, monthSchema, statementQuerySchema, type Statement, type StatementPage } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { statementStore } from '@lumenfall/ledger';
import { ApiFailure, parseInput } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Module, Param, Query } from '@nestjs/common';
import { DATABASE } from '../tokens.js';

@Controller('internal/organizations/:organizationId/statements')
export class StatementsController {
  constructor(@Inject(DATABASE) private readonly client: Client) {}

  @Get()
  async page(@Param('organizationId') organizationId: string, @Query() query: unknown): Promise<StatementPage> {
    const page = await statementStore(this.client).page(organizationId, parseInput(statementQuerySchema, query));
    if (page === null)
      throw new ApiFailure(apiError('NOT_FOUND', `The organization '${organizationId}' does not exist`));
    return page;
  }

  @Get(':month')
  async find(@Param('organizationId') organizationId: string, @Param('month') text: string): Promise<Statement> {
    const month = parseInput(monthSchema, text);
    const statement = await statementStore(this.client).find(organizationId, month);
    if (statement === null)
      throw new ApiFailure(apiError('NOT_FOUND', `There is no statement for ${month}: the account was not open then`));
    return statement;
  }
}

@Module({ controllers: [StatementsController] })
export class StatementsModule {}
