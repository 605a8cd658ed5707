import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { fileUrl } from '../jobs/job-calls.js';
import { renderAtOnce } from '../rendering/render-at-once.js';

/** Asks for the answer to an earlier task. */
const questionSchema = z.tuple([z.looseObject({ taskType: z.literal('getTaskDetails'), taskUUID: z.uuid() })]);

/** The part of a task that the sandbox acts on; one task at a time. */
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

/** USD for an image. */
const COST = 0.0038;

const KEPT_ANSWERS = 10_000;

/** `POST /`: one address for lists of tasks. */
export class RunwareTasks {
  /** By the UUID of the task. */
  readonly #answers = new LRUCache<string, object>({ max: KEPT_ANSWERS });

  readonly run = async (call: Call): Promise<Answer> => {
    const question = questionSchema.safeParse(call.request.body);
    if (question.success) return this.#details(call, question.data[0].taskUUID);
    const read = call.parse(bodySchema, { operation: 'image' });
    if (!read.ok) return read.answer;
    const [task] = read.body;
    const { taskType, taskUUID, model = taskType, positivePrompt: prompt = '', includeCost, inputs, ...fields } = task;
    // Newer models have their images in `inputs`.
    const input = { ...fields, ...inputs, ...(prompt === '' ? {} : { prompt }) };
    return renderAtOnce(call, model, input, (images, media) => {
      if (images === 'moderated') return call.refuse.moderated();
      const order = { provider: call.provider, model, prompt, input: {}, media };
      const data = images.map(() => ({
        taskType,
        taskUUID,
        imageUUID: randomUUID(),
        ...(includeCost === true ? { cost: COST } : {}),
        seed: 42,
        imageURL: fileUrl(call, call.context.jobs.keepFile(order), media.extension),
      }));
      this.#answers.set(taskUUID, { data });
      return json(200, { data });
    });
  };

  /** The answer to a task, also if the connection broke before the client received it. */
  #details(call: Call, taskUUID: string): Answer {
    call.note({ operation: 'list' });
    const response = this.#answers.get(taskUUID);
    const data = response === undefined ? [] : [{ taskType: 'getTaskDetails', taskUUID, request: [], response }];
    return json(200, { data });
  }
}
