import { apiError, operationRequestSchema } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { isOperation, operate } from '@lumenfall/operator';
import { ApiFailure, parseInput, unwrap } from '@lumenfall/service-kit';
import { Body, Controller, HttpCode, Inject, Module, Param, Post } from '@nestjs/common';
import { DATABASE } from '../tokens.js';

/** What an operator does by the admin API of the gateway, which has checked the token. */
@Controller('internal/operations')
export class OperationsController {
  constructor(@Inject(DATABASE) private readonly database: Client) {}

  @Post(':name')
  @HttpCode(200)
  async operate(@Param('name') name: string, @Body() body: unknown): Promise<object> {
    if (!isOperation(name)) throw new ApiFailure(apiError('NOT_FOUND', `The operation '${name}' does not exist`));
    const { input } = parseInput(operationRequestSchema, body);
    return unwrap<object>(await operate(this.database, 'admin', name, input));
  }
}

@Module({ controllers: [OperationsController] })
export class OperationsModule {}
