import { apiError } from '@lumenfall/contracts';
import { QueueUnavailable, type QueueEngine } from '@lumenfall/queue';
import { ApiFailure, parseInput } from '@lumenfall/service-kit';
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { QUEUE_ENGINE } from '../tokens.js';

const listSchema = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const replaySchema = z.object({
  /** Without it, all records. */
  requestIds: z.array(z.string()).max(1_000).optional(),
});

/** The usage records that were set aside, for an operator. */
@Controller('internal/set-aside-usage')
export class SetAsideController {
  constructor(@Inject(QUEUE_ENGINE) private readonly engine: Pick<QueueEngine, 'usageLog'>) {}

  /** Each with the reason, the number of its deliveries and the time. */
  @Get()
  async list(@Query() query: unknown): Promise<object> {
    const { limit } = parseInput(listSchema, query);
    const records = await available(this.engine.usageLog().listSetAside(limit));
    return { records: records.map((record) => ({ ...record, setAsideAt: new Date(record.setAsideAt).toISOString() })) };
  }

  /** Appends them to the usage log again; the answer has their number. */
  @Post('replay')
  @HttpCode(200)
  async replay(@Body() body: unknown): Promise<object> {
    const { requestIds = 'all' as const } = parseInput(replaySchema, body ?? {});
    return { replayed: await available(this.engine.usageLog().replay(requestIds)) };
  }
}

async function available<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof QueueUnavailable)) throw error;
    throw new ApiFailure(apiError('OVERLOADED', 'The queue does not answer. Send the request again later'));
  }
}
