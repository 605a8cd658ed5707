import { randomUUID } from 'node:crypto';
import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { json } from '../exchange/answer.js';
import type { Call } from '../exchange/call.js';
import { BoundedMap } from '../memory/bounded-map.js';
import { firstProblem } from '../exchange/first-problem.js';
import { perform, plainly, type Performance } from '../exchange/perform.js';
import { fileUrl } from '../files/file-url.js';
import { drawAtOnce } from '../pictures/draw-at-once.js';
import { contentFiltered } from '../refusals/runware.js';
import { Stage } from '../stage.js';

/** A question about an earlier task. */
const questionSchema = z.tuple([z.looseObject({ taskType: z.literal('getTaskDetails'), taskUUID: z.uuid() })]);

/** As much of a task as the sandbox acts on: one at a time. */
const bodySchema = z.tuple([
  z.looseObject({
    taskType: z.enum(['imageInference', 'imageUpscale']),
    taskUUID: z.uuid(),
    model: z.string().min(1).optional(),
    positivePrompt: z.string().optional(),
    inputs: z.record(z.string(), z.unknown()).optional(),
    includeCost: z.boolean().optional(),
  }),
]);

/** USD, of one picture. */
const COST = 0.0038;

const KEPT_ANSWERS = 10_000;

/** Runware: one address for lists of tasks. */
@Controller('runware')
export class RunwareController {
  /** By the UUID of the task. */
  readonly #answers = new BoundedMap<string, unknown>(KEPT_ANSWERS);

  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Post()
  run(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#task(call));
  }

  async #task(call: Call): Promise<Performance> {
    const question = questionSchema.safeParse(call.body);
    if (question.success) return this.#details(call, question.data[0].taskUUID);
    const parsed = bodySchema.safeParse(call.body);
    if (!parsed.success) {
      call.note({ operation: 'image' });
      const { message, field } = firstProblem(parsed.error);
      return plainly(call.refuse.invalid(message, field?.replace(/^0\./, '') ?? null));
    }
    const [task] = parsed.data;
    const { taskType, taskUUID, model = taskType, positivePrompt: prompt = '', includeCost, inputs, ...fields } = task;
    // Newer models have their pictures a step further in.
    const input = { ...fields, ...inputs, ...(prompt === '' ? {} : { prompt }) };
    return drawAtOnce(call, this.stage, { model, prompt, input }, (made, asked) => {
      if (made === 'moderated') return contentFiltered();
      const extension = asked.format;
      const data = made.map((bytes) => ({
        taskType,
        taskUUID,
        imageUUID: randomUUID(),
        ...(includeCost === true ? { cost: COST } : {}),
        seed: 42,
        imageURL: fileUrl(call, this.stage, {
          model,
          prompt,
          extension,
          make: async () => ({ bytes, contentType: `image/${extension}` }),
        }),
      }));
      this.#answers.set(taskUUID, { data });
      return json(200, { data });
    });
  }

  /** What a task was answered, also where the answer was lost on its way. */
  #details(call: Call, taskUUID: string): Performance {
    call.note({ operation: 'list' });
    const response = this.#answers.get(taskUUID);
    const data = response === undefined ? [] : [{ taskType: 'getTaskDetails', taskUUID, request: [], response }];
    return plainly(json(200, { data }));
  }
}
