import { Body, Controller, Delete, Get, HttpCode, Inject, Put, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { firstProblem } from '../exchange/first-problem.js';
import { openaiError } from '../refusals/openai.js';
import { Stage } from '../stage.js';
import { CALM, profileSchema, type Profile } from './profile.js';

/** How the providers behave from now on, besides what prompts ask for. */
@Controller('_sandbox/profile')
export class ProfileController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Get()
  show(): Profile {
    return this.stage.profiles.current;
  }

  /** Replaces the whole profile and begins its draws anew; a profile that makes no sense changes nothing. */
  @Put()
  replace(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Profile | object {
    const parsed = profileSchema.safeParse(body);
    if (!parsed.success) {
      void reply.status(400);
      const { message, field } = firstProblem(parsed.error);
      return openaiError(field === null ? message : `${field}: ${message}`, 'invalid_request_error', null, field);
    }
    this.stage.profiles.set(parsed.data);
    if (this.stage.profiles.losesConnections) reply.server.server.closeIdleConnections();
    return this.stage.profiles.current;
  }

  @Delete()
  @HttpCode(204)
  remove(): void {
    this.stage.profiles.set(CALM);
  }
}
