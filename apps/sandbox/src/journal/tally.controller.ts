import { Controller, Delete, Get, HttpCode, Inject } from '@nestjs/common';
import { Stage } from '../stage.js';
import type { Counts } from './tally.js';

/** For tests: how the calls ended, counted since the start or the last DELETE. */
@Controller('_sandbox/tally')
export class TallyController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Get()
  counts(): { counts: Counts } {
    return { counts: this.stage.journal.tally.counts };
  }

  @Delete()
  @HttpCode(204)
  clear(): void {
    this.stage.journal.tally.clear();
  }
}
