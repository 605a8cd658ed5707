import { apiError } from '@lumenfall/contracts';
import { ApiFailure } from '@lumenfall/service-kit';
import { Body, Controller, Delete, Get, HttpCode, Inject, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { firstProblem } from './calls/call.js';
import { SandboxContext } from './context.js';
import type { JournalEntry, JournalFilter, Tally } from './journal/journal.js';
import { CALM, profileSchema, type Profile } from './profiles/profile.js';

/** The sandbox's own paths: the journal and its tally for tests, and the profile of the providers. */
@Controller('_sandbox')
export class ControlController {
  constructor(@Inject(SandboxContext) private readonly context: SandboxContext) {}

  @Get('calls')
  listCalls(@Query() { contains, operation, provider }: JournalFilter): { calls: JournalEntry[] } {
    return { calls: this.context.journal.list({ contains, operation, provider }) };
  }

  @Delete('calls')
  @HttpCode(204)
  clearCalls(): void {
    this.context.journal.clear();
  }

  @Get('tally')
  tally(): { counts: Tally } {
    return { counts: this.context.journal.tally };
  }

  @Delete('tally')
  @HttpCode(204)
  clearTally(): void {
    this.context.journal.clearTally();
  }

  @Get('profile')
  profile(): Profile {
    return this.context.profiles.current;
  }

  /** Replaces the whole profile and restarts its draws; an invalid profile changes nothing. */
  @Put('profile')
  replaceProfile(@Body() body: unknown, @Req() { server }: FastifyRequest): Profile {
    const parsed = profileSchema.safeParse(body);
    if (!parsed.success) {
      const { message, field: param } = firstProblem(parsed.error);
      throw new ApiFailure(apiError('INVALID_REQUEST', param === null ? message : `${param}: ${message}`, { param }));
    }
    this.context.profiles.set(parsed.data);
    if (this.context.profiles.losesConnections) server.server.closeIdleConnections();
    return this.context.profiles.current;
  }

  @Delete('profile')
  @HttpCode(204)
  removeProfile(): void {
    this.context.profiles.set(CALM);
  }
}
