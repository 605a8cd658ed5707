import type { Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { askedImage, promptIn, type AskedImage } from './asked-image.js';

/**
 * Handles a call of a protocol that answers with the images themselves: applies the directives, renders, answers.
 *
 * @param input the fields as `askedImage` knows them; directives are read from `prompt`
 * @param show is given the images: none if the prompt asked for none, `moderated` if it violates a policy
 */
export async function renderAtOnce(
  call: Call,
  model: string,
  input: Readonly<Record<string, unknown>>,
  show: (images: Buffer[] | 'moderated', asked: AskedImage) => Answer,
): Promise<Answer> {
  const behaviour = call.behave({ operation: 'image', prompt: promptIn(input), model, makes: 'image' });
  const refusal = await call.apply(behaviour);
  if (refusal !== null) return refusal;
  const asked = await askedImage(call.context.images, model, input);
  if ('field' in asked) return call.refuse.invalid(asked.message, asked.field);
  if (behaviour.fail) return call.refuse.failure(500, null);
  if (behaviour.moderation) return show('moderated', asked);
  if (behaviour.empty) return show([], asked);
  const bytes = await asked.render();
  return show(
    Array.from({ length: asked.count }, () => bytes),
    asked,
  );
}
