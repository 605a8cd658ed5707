import { apiError, parseRequestId, requestQuerySchema, type RequestPage, type RequestView } from '@lumenfall/contracts';
import type { HistoryStore } from '@lumenfall/ledger';
import { ApiFailure, parseInput, unwrap } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Module, Param, Query } from '@nestjs/common';
import { HISTORY } from '../tokens.js';

@Controller('internal/organizations/:organizationId/requests')
export class HistoryController {
  constructor(@Inject(HISTORY) private readonly history: HistoryStore) {}

  @Get()
  async page(@Param('organizationId') organizationId: string, @Query() query: unknown): Promise<RequestPage> {
    return unwrap(await this.history.page(organizationId, parseInput(requestQuerySchema, query)));
  }

  /** Finds a request by its `req_` or its `video_` id. */
  @Get(':requestId')
  async request(@Param('organizationId') organizationId: string, @Param('requestId') id: string): Promise<RequestView> {
    const requestId = parseRequestId(id);
    const found = requestId && (await this.history.find(organizationId, requestId));
    if (!found) throw new ApiFailure(apiError('NOT_FOUND', `The request '${id}' does not exist`));
    return found;
  }
}

@Module({ controllers: [HistoryController] })
export class HistoryModule {}
