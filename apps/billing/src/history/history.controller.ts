import { apiError, parseRequestId, requestQuerySchema, type RequestPage, type RequestView } from '@lumenfall/contracts';
import type { HistoryStore } from '@lumenfall/ledger';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Failure, parse, unwrap } from '../answers/failure.js';
import { DATABASE } from '../tokens.js';

@Controller('internal/organizations/:organizationId/requests')
export class HistoryController {
  constructor(@Inject(DATABASE) private readonly database: { history: HistoryStore }) {}

  @Get()
  async page(@Param('organizationId') organizationId: string, @Query() query: unknown): Promise<RequestPage> {
    return unwrap(await this.database.history.page(organizationId, parse(requestQuerySchema, query)));
  }

  /** Finds a request by its `req_` and by its `video_` id. */
  @Get(':requestId')
  async request(@Param('organizationId') organizationId: string, @Param('requestId') id: string): Promise<RequestView> {
    const requestId = parseRequestId(id);
    const found = requestId && (await this.database.history.find(organizationId, requestId));
    if (!found) throw new Failure(apiError('NOT_FOUND', `There is no request '${id}'.`));
    return found;
  }
}
