import { z } from 'zod';
import { errorsOf } from './errors.js';

const detailsSchema = z.looseObject({
  data: z.array(z.looseObject({ taskUUID: z.string(), response: z.looseObject({}).nullish() })),
});

/** The answer that a task was given, or that the provider knows no such task. */
export type TaskDetails = { known: 'answer'; answer: unknown } | { known: 'nothing' } | { known: 'unreadable' };

const UNKNOWN_TASK = /not ?found|no ?task|unknown|invalidTaskUUID|does ?n[o']t exist/i;

/** `{"data": [{"taskType": "getTaskDetails", "taskUUID", "request": [...], "response": {"data" or "errors": [...]}}]}` */
export function readTaskDetails(body: unknown, taskUUID: string): TaskDetails {
  const parsed = detailsSchema.safeParse(body);
  const answer = parsed.success ? parsed.data.data.find((one) => one.taskUUID === taskUUID)?.response : undefined;
  if (answer) return { known: 'answer', answer };
  // A task that is at work still has no answer either.
  if (parsed.success) return { known: 'nothing' };
  const [error] = errorsOf(body);
  const isUnknown = error !== undefined && UNKNOWN_TASK.test(`${error.code ?? ''} ${error.message ?? ''}`);
  return isUnknown ? { known: 'nothing' } : { known: 'unreadable' };
}
