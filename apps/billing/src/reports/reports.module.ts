import { usageQuerySchema, type UsageReport } from '@lumenfall/contracts';
import type { UsageReportStore } from '@lumenfall/ledger';
import { parseInput, unwrap } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Module, Param, Query } from '@nestjs/common';
import { USAGE_REPORTS } from '../tokens.js';

@Controller('internal/organizations/:organizationId')
export class ReportsController {
  constructor(@Inject(USAGE_REPORTS) private readonly reports: UsageReportStore) {}

  @Get('usage')
  async usage(@Param('organizationId') organizationId: string, @Query() query: unknown): Promise<UsageReport> {
    return unwrap(await this.reports.report(organizationId, parseInput(usageQuerySchema, query)));
  }
}

@Module({ controllers: [ReportsController] })
export class ReportsModule {}
