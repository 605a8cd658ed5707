import { apiError, holdRequestSchema, type HoldRefusal } from '@lumenfall/contracts';
import type { HoldStore } from '@lumenfall/ledger';
import { Body, Controller, Delete, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Failure, parse } from '../answers/failure.js';
import { DATABASE } from '../tokens.js';

@Controller('internal/holds')
export class HoldsController {
  constructor(@Inject(DATABASE) private readonly database: { holds: HoldStore }) {}

  /** 201, also when repeated for the same request; 402 with both amounts where the account cannot bear it. */
  @Post()
  async place(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<HoldRefusal | object> {
    const request = parse(holdRequestSchema, body);
    const placed = await this.database.holds.place(request);
    switch (placed.outcome) {
      case 'held':
        return {};
      case 'refused': {
        void reply.status(402);
        const { requiredMicros, availableMicros } = placed;
        return { requiredMicros, availableMicros } satisfies HoldRefusal;
      }
      case 'unknown-organization':
        throw new Failure(apiError('NOT_FOUND', `There is no organization '${request.organizationId}'.`));
    }
  }

  /** 204 whether or not there was an active hold: repeat it as you like. */
  @Delete(':requestId')
  @HttpCode(204)
  async release(@Param('requestId') requestId: string): Promise<void> {
    await this.database.holds.release(requestId);
  }
}
