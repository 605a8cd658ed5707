import type { Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { obey } from '../exchange/obey.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { Stage } from '../stage.js';
import { askedPicture, type AskedPicture } from './asked-picture.js';

/** What is to be drawn: the fields as `askedPicture` knows them. */
export interface DrawingOrder {
  model: string;
  /** Where directives are looked for. */
  prompt: string;
  input: Record<string, unknown>;
}

/**
 * The way of every protocol that answers with the pictures themselves: obey the prompt, draw, show.
 *
 * @param show is given the pictures, none where the prompt asked for none, or that they were moderated
 */
export async function drawAtOnce(
  call: Call,
  stage: Stage,
  { model, prompt, input }: DrawingOrder,
  show: (made: Buffer[] | 'moderated', asked: AskedPicture) => Answer | Promise<Answer>,
): Promise<Performance> {
  call.note({ operation: 'image', prompt, model });
  const behaviour = behaviourOf(call, stage, prompt);
  const refusal = await obey(call, behaviour);
  if (refusal !== null) return { answer: refusal, cut: behaviour.cut };
  const asked = await askedPicture(model, input);
  if ('field' in asked) return plainly(call.refuse.invalid(asked.message, asked.field));
  if (behaviour.fail) return plainly(call.refuse.failure(500, null));
  if (behaviour.moderation) return { answer: await show('moderated', asked), cut: behaviour.cut };
  const count = behaviour.empty ? 0 : asked.count;
  const bytes = count === 0 ? null : await asked.draw(stage.pictures);
  const made = bytes === null ? [] : Array.from({ length: count }, () => bytes);
  return { answer: await show(made, asked), cut: behaviour.cut };
}
