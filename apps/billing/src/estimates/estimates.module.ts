import { estimateRequestSchema, type EstimateAnswer } from '@lumenfall/contracts';
import { estimatePlan } from '@lumenfall/metering';
import { parseInput, unwrap } from '@lumenfall/service-kit';
import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';

@Controller('internal/estimates')
export class EstimatesController {
  /** Prices a plan. It stores nothing and checks no balance. */
  @Post()
  @HttpCode(200)
  estimate(@Body() body: unknown): EstimateAnswer {
    return unwrap(estimatePlan(parseInput(estimateRequestSchema, body).plan));
  }
}

@Module({ controllers: [EstimatesController] })
export class EstimatesModule {}
