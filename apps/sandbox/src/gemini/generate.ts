import type { Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { geminiBodySchema, promptOf } from './body.js';
import { generateChat, type ChatForm } from './chat.js';
import { answerImage } from './images.js';

/** `POST models/{model}:generateContent` and `:streamGenerateContent`. Only text is streamed here. */
export async function generateContent(call: Call, params: Readonly<Record<string, string>>): Promise<Answer> {
  const { model = '', method = '' } = params;
  const makes = model.includes('image') ? 'image' : 'chat';
  const form = formOf(method, call);
  if (form === null || (makes === 'image' && form !== 'whole')) {
    return call.refuse.notFound(`Method models/${model}:${method}`);
  }
  const read = call.parse(geminiBodySchema, { operation: makes, model });
  if (!read.ok) return read.answer;
  const { body } = read;
  const behaviour = call.behave({ operation: makes, prompt: promptOf(body), model, makes });
  const refusal = await call.apply(behaviour);
  if (refusal !== null) return refusal;
  if (behaviour.moderation) return call.refuse.moderated();
  if (makes === 'image') return answerImage(call, model, body, behaviour);
  return generateChat(call, model, body, behaviour, form);
}

function formOf(method: string, call: Call): ChatForm | null {
  if (method === 'generateContent') return 'whole';
  if (method !== 'streamGenerateContent') return null;
  return /[?&]alt=sse(?:&|$)/.test(call.request.url) ? 'events' : 'array';
}
