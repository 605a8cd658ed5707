import { apiError, holdRequestSchema, type HoldRefusal } from '@lumenfall/contracts';
import type { HoldStore } from '@lumenfall/ledger';
import { ApiFailure, parseInput } from '@lumenfall/service-kit';
import { Body, Controller, Delete, HttpCode, Inject, Module, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HOLDS } from '../tokens.js';
import { HoldSweep } from './hold-sweep.js';

@Controller('internal/holds')
export class HoldsController {
  constructor(@Inject(HOLDS) private readonly holds: HoldStore) {}

  /** 201, also if the request has its hold already; 402 with both amounts if the account cannot cover it. */
  @Post()
  async place(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<HoldRefusal | object> {
    const request = parseInput(holdRequestSchema, body);
    const placed = await this.holds.place(request);
    switch (placed.outcome) {
      case 'held':
        return {};
      case 'refused': {
        void reply.status(402);
        const { requiredMicros, availableMicros } = placed;
        return { requiredMicros, availableMicros } satisfies HoldRefusal;
      }
      case 'unknown-organization':
        throw new ApiFailure(apiError('NOT_FOUND', `The organization '${request.organizationId}' does not exist`));
    }
  }

  /** 204 whether or not there is an active hold: it can be repeated. */
  @Delete(':requestId')
  @HttpCode(204)
  async release(@Param('requestId') requestId: string): Promise<void> {
    await this.holds.release(requestId);
  }
}

@Module({ controllers: [HoldsController], providers: [HoldSweep] })
export class HoldsModule {}
