import { apiError, type Balance } from '@lumenfall/contracts';
import type { LedgerStore } from '@lumenfall/ledger';
import type { Micros } from '@lumenfall/money';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Failure } from '../answers/failure.js';
import { DATABASE, LOW_BALANCE_FLOOR } from '../tokens.js';
import { standingOf } from './balance.js';

@Controller('internal/organizations/:organizationId/standing')
export class StandingController {
  constructor(
    @Inject(DATABASE) private readonly database: { ledger: LedgerStore },
    @Inject(LOW_BALANCE_FLOOR) private readonly floor: Micros,
  ) {}

  @Get()
  async standing(@Param('organizationId') organizationId: string): Promise<Balance> {
    const figures = await this.database.ledger.figures(organizationId);
    if (!figures) throw new Failure(apiError('NOT_FOUND', `There is no organization '${organizationId}'.`));
    return standingOf(figures, this.floor);
  }
}
