import { ledgerQuerySchema, usageQuerySchema, type LedgerPage, type UsageReport } from '@lumenfall/contracts';
import type { EntryList, UsageReportStore } from '@lumenfall/ledger';
import { parseInput, unwrap } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Module, Param, Query } from '@nestjs/common';
import { ENTRIES, USAGE_REPORTS } from '../tokens.js';

@Controller('internal/organizations/:organizationId')
export class ReportsController {
  constructor(
    @Inject(USAGE_REPORTS) private readonly reports: UsageReportStore,
    @Inject(ENTRIES) private readonly entries: EntryList,
  ) {}

  @Get('ledger')
  async ledger(@Param('organizationId') organizationId: string, @Query() query: unknown): Promise<LedgerPage> {
    return unwrap(await this.entries.page(organizationId, parseInput(ledgerQuerySchema, query)));
  }

  @Get('usage')
  async usage(@Param('organizationId') organizationId: string, @Query() query: unknown): Promise<UsageReport> {
    return unwrap(await this.reports.report(organizationId, parseInput(usageQuerySchema, query)));
  }
}

@Module({ controllers: [ReportsController] })
export class ReportsModule {}
