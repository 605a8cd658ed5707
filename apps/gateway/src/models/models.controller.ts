import { findModelAnswer, findModelSchema, listModels, type ModelSchema } from '@lumenfall/catalog';
import type { ModelAnswer } from '@lumenfall/contracts';
import { unwrap } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../authentication/authentication.guard.js';
import { CATALOG } from '../tokens.js';
import type { CatalogSource } from './live-catalog.js';

@Controller(['openai/v1/models', 'v1/models'])
export class ModelsController {
  constructor(@Inject(CATALOG) private readonly catalog: CatalogSource) {}

  @Get()
  list(@Req() request: FastifyRequest): { object: 'list'; data: ModelAnswer[] } {
    const { rules, marginPercent } = principalOf(request);
    return { object: 'list', data: listModels(this.catalog.current(), rules, marginPercent) };
  }

  /** Ids of text models contain a slash, which some clients encode and others do not. */
  @Get('*')
  find(
    @Param('*') id: string,
    @Query('schema') schema: unknown,
    @Req() request: FastifyRequest,
  ): ModelAnswer | ModelSchema {
    const { rules, marginPercent } = principalOf(request);
    const catalog = this.catalog.current();
    return schema === 'true'
      ? unwrap(findModelSchema(catalog, rules, id))
      : unwrap(findModelAnswer(catalog, rules, id, marginPercent));
  }
}
