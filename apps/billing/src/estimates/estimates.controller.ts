import { estimatePlan } from '@lumenfall/metering';
import { estimateRequestSchema, type EstimateAnswer } from '@lumenfall/contracts';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { parse, unwrap } from '../answers/failure.js';

@Controller('internal/estimates')
export class EstimatesController {
  /** Prices a plan; nothing is kept, and no balance is looked at. */
  @Post()
  @HttpCode(200)
  estimate(@Body() body: unknown): EstimateAnswer {
    return unwrap(estimatePlan(parse(estimateRequestSchema, body).plan));
  }
}
