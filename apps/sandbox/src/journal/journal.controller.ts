import { Controller, Delete, Get, HttpCode, Inject, Query } from '@nestjs/common';
import { Stage } from '../stage.js';
import type { JournalEntry } from './journal.js';

/** For tests: what has been asked of the sandbox. */
@Controller('_sandbox/calls')
export class JournalController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Get()
  list(
    @Query('contains') contains?: string,
    @Query('operation') operation?: string,
    @Query('provider') provider?: string,
  ): { calls: JournalEntry[] } {
    return { calls: this.stage.journal.list({ contains, operation, provider }) };
  }

  @Delete()
  @HttpCode(204)
  clear(): void {
    this.stage.journal.clear();
  }
}
