import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { metrics } from './metrics.js';
import { Readiness } from './readiness.js';

/** Without a key, on every service: is the process alive, can it do its work, and its figures. */
@Controller()
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Get('livez')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string; reason?: string }> {
    const reason = await this.readiness.reasonAgainst();
    if (reason === null) return { status: 'ok' };
    void reply.status(503);
    return { status: 'unavailable', reason };
  }

  @Get('metrics')
  @Header('Content-Type', metrics.contentType)
  figures(): Promise<string> {
    return metrics.metrics();
  }
}
