import { CatalogError, parsePriceFile, type PricedOffering } from '@lumenfall/catalog';
import { apiError, validationError, type NativeList } from '@lumenfall/contracts';
import { reportedUsage } from '@lumenfall/providers';
import { ApiFailure } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CatalogSource } from '../models/live-catalog.js';
import { CATALOG } from '../tokens.js';
import { bodyOf, Operations, OperatorGuard } from './operations.js';

const importSchema = z.strictObject({
  /** As in a file of prices: see docs/catalog.md. */
  prices: z.array(z.unknown()).min(1),
  valid_from: z.iso.datetime().optional(),
  reference: z.string().optional(),
});

/** The price book, over HTTP. The gateway checks prices, since billing has no catalog. */
@Controller('admin/v1/prices')
@UseGuards(OperatorGuard)
export class AdminPricesController {
  constructor(
    @Inject(Operations) private readonly operations: Operations,
    @Inject(CATALOG) private readonly catalog: CatalogSource,
  ) {}

  @Post()
  import(@Req() request: FastifyRequest): Promise<object> {
    const parsed = importSchema.safeParse(bodyOf(request));
    if (!parsed.success) throw new ApiFailure(validationError(parsed.error));
    const { prices, ...more } = parsed.data;
    return this.operations.run('prices.import', {
      reference: request.id,
      ...more,
      prices: this.#check(prices).map(({ model, offering, price }) => ({ model, offering, ...price })),
      imported_by: 'admin',
      source: `request ${request.id}`,
    });
  }

  @Get()
  prices(@Req() request: FastifyRequest): Promise<NativeList<{ id: string }>> {
    return this.operations.list('prices.list', request);
  }

  #check(prices: unknown[]): PricedOffering[] {
    try {
      return parsePriceFile({ name: '', text: JSON.stringify({ prices }) }, this.catalog.current(), reportedUsage);
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      // The place of a problem in the text means nothing here: the path of the field follows it.
      const message = error.message.replace(/^:\d+: /, '');
      const param = /^prices[\w.]*/.exec(message)?.[0] ?? 'prices';
      throw new ApiFailure(apiError('INVALID_REQUEST', message, { param }));
    }
  }
}
