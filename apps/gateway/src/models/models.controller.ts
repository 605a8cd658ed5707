import { findModelAnswer, listModels, type Catalog } from '@lumenfall/catalog';
import type { ModelAnswer } from '@lumenfall/contracts';
import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../authentication/authentication-hook.js';
import { unwrap } from '../errors/api-failure.js';
import { CATALOG } from '../tokens.js';

@Controller(['openai/v1/models', 'v1/models'])
export class ModelsController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog) {}

  @Get()
  list(@Req() request: FastifyRequest): { object: 'list'; data: ModelAnswer[] } {
    return { object: 'list', data: listModels(this.catalog, principalOf(request).rules) };
  }

  /** Ids of text models hold a slash; SDKs encode it, people do not. */
  @Get('*')
  find(@Param('*') id: string, @Req() request: FastifyRequest): ModelAnswer {
    return unwrap(findModelAnswer(this.catalog, principalOf(request).rules, id));
  }
}
