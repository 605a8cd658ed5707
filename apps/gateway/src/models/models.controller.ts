import { findModelAnswer, listModels, type Catalog } from '@lumenfall/catalog';
import type { ModelAnswer } from '@lumenfall/contracts';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { unwrap } from '../errors/api-failure.js';
import { CATALOG } from '../tokens.js';

@Controller(['openai/v1/models', 'v1/models'])
export class ModelsController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog) {}

  @Get()
  list(): { object: 'list'; data: ModelAnswer[] } {
    return { object: 'list', data: listModels(this.catalog) };
  }

  /** Ids of text models hold a slash; SDKs encode it, people do not. */
  @Get('*')
  find(@Param('*') id: string): ModelAnswer {
    return unwrap(findModelAnswer(this.catalog, id));
  }
}
