import {
  apiError,
  holdReleasesSchema,
  holdRequestSchema,
  type HoldPlaced,
  type HoldRefusal,
  type HoldTooLate,
} from '@lumenfall/contracts';
import type { HoldStore } from '@lumenfall/ledger';
import { ApiFailure, parseInput } from '@lumenfall/service-kit';
import { Body, Controller, HttpCode, Inject, Module, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HOLDS } from '../tokens.js';
import { holdsAsked, holdsEnded } from './hold-metrics.js';
import { HoldSweep } from './hold-sweep.js';

@Controller('internal/holds')
export class HoldsController {
  constructor(@Inject(HOLDS) private readonly holds: HoldStore) {}

  /**
   * 201, also if the request has its hold already; 402 with both amounts if the account cannot cover it; 409 if the
   * gateway has given up by now.
   */
  @Post()
  async place(
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HoldPlaced | HoldRefusal | HoldTooLate> {
    const request = parseInput(holdRequestSchema, body);
    const placed = await this.holds.place(request);
    holdsAsked.inc({ outcome: placed.outcome });
    switch (placed.outcome) {
      case 'held':
        return { now: placed.at, keptForMs: placed.keptForMs };
      case 'refused': {
        void reply.status(402);
        const { requiredMicros, availableMicros } = placed;
        return { requiredMicros, availableMicros };
      }
      case 'late':
      case 'ended':
        void reply.status(409);
        return { tooLate: placed.outcome, now: placed.at };
      case 'unknown-organization':
        throw new ApiFailure(apiError('NOT_FOUND', `The organization '${request.organizationId}' does not exist`));
    }
  }

  /** 204 whether or not there are such holds: it can be repeated. */
  @Post('releases')
  @HttpCode(204)
  async release(@Body() body: unknown): Promise<void> {
    const { released } = await this.holds.release(parseInput(holdReleasesSchema, body).holds);
    holdsEnded.inc({ outcome: 'released' }, released);
  }
}

@Module({ controllers: [HoldsController], providers: [HoldSweep] })
export class HoldsModule {}
