import { apiError, type Balance } from '@lumenfall/contracts';
import type { AccountFigures, LedgerStore } from '@lumenfall/ledger';
import { micros, type Micros } from '@lumenfall/money';
import { ApiFailure, CONFIGURATION } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Module, Param } from '@nestjs/common';
import type { BillingConfiguration } from '../configuration.js';
import { LEDGER } from '../tokens.js';

@Controller('internal/organizations/:organizationId/balance')
export class BalanceController {
  constructor(
    @Inject(LEDGER) private readonly ledger: LedgerStore,
    @Inject(CONFIGURATION) private readonly configuration: Pick<BillingConfiguration, 'LOW_BALANCE_FLOOR_USD'>,
  ) {}

  @Get()
  async balance(@Param('organizationId') organizationId: string): Promise<Balance> {
    const figures = await this.ledger.figures(organizationId);
    if (!figures) throw new ApiFailure(apiError('NOT_FOUND', `The organization '${organizationId}' does not exist`));
    return balanceOf(figures, this.configuration.LOW_BALANCE_FLOOR_USD);
  }
}

/**
 * What an account can still spend. `low`, less than the floor or than twice the spend of the last hour, means that
 * every chat needs a hold before it starts.
 */
export function balanceOf(figures: AccountFigures, floorMicros: Micros): Balance {
  const { billingType, balanceMicros, heldMicros, creditLimitMicros, lastHourMicros } = figures;
  const credit = billingType === 'postpaid' ? creditLimitMicros : 0;
  const availableMicros = micros(balanceMicros - heldMicros + credit);
  const low = availableMicros < Math.max(floorMicros, 2 * lastHourMicros);
  return { billingType, balanceMicros, heldMicros, availableMicros, low };
}

@Module({ controllers: [BalanceController] })
export class BalanceModule {}
