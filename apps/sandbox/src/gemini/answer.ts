import { randomBytes } from 'node:crypto';
import type { Behaviour } from '../directives/behaviour.js';
import { json, type Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { obey } from '../exchange/obey.js';
import { plainly, type Performance } from '../exchange/perform.js';
import { measureAll } from '../pictures/sent-picture.js';
import type { Stage } from '../stage.js';
import { geminiBodySchema, promptOf, sentFiles, type GeminiBody } from './body.js';
import { answerChat, type ChatForm } from './chat.js';
import { pictureOf } from './image-size.js';
import { promptUsage } from './usage.js';

/** `POST models/{model}:generateContent` and `:streamGenerateContent`. Only words are streamed here. */
export async function answerGemini(call: Call, stage: Stage, target: string): Promise<Performance> {
  const colon = target.lastIndexOf(':');
  const [model, method] = [target.slice(0, colon), target.slice(colon + 1)];
  const isImage = model.includes('image');
  const form = formOf(method, call);
  if (colon < 1 || form === null || (isImage && form !== 'whole')) {
    return plainly(call.refuse.notFound(`Method models/${target}`));
  }
  const parsed = geminiBodySchema.safeParse(call.body);
  if (!parsed.success) {
    call.note({ operation: isImage ? 'image' : 'chat', model });
    const { message, field } = firstProblem(parsed.error);
    return plainly(call.refuse.invalid(message, field));
  }
  const body = parsed.data;
  const prompt = promptOf(body);
  call.note({ operation: isImage ? 'image' : 'chat', prompt, model });
  const behaviour = behaviourOf(call, stage, prompt);
  const refusal = await obey(call, behaviour);
  if (refusal !== null) return { answer: refusal, cut: behaviour.cut };
  if (behaviour.moderation) return { answer: call.refuse.moderated(), cut: behaviour.cut };
  const answer = isImage
    ? await answerPicture(call, stage, model, body, behaviour)
    : await answerChat(call, stage, model, body, behaviour, form);
  return { answer, cut: behaviour.cut };
}

function formOf(method: string, call: Call): ChatForm | null {
  if (method === 'generateContent') return 'whole';
  if (method !== 'streamGenerateContent') return null;
  return /[?&]alt=sse(?:&|$)/.test(call.request.url) ? 'events' : 'array';
}

interface Output {
  parts: unknown[];
  finishReason: string;
  tokens: number;
  modality: 'TEXT' | 'IMAGE';
}

/** A whole answer around what was made. */
async function generated(stage: Stage, model: string, body: GeminiBody, output: Output): Promise<Answer> {
  const prompt = await promptUsage(body, stage.tokenizer);
  const content = output.parts.length > 0 ? { content: { role: 'model', parts: output.parts } } : {};
  return json(200, {
    candidates: [{ ...content, finishReason: output.finishReason, index: 0 }],
    usageMetadata: {
      promptTokenCount: prompt.tokens,
      candidatesTokenCount: output.tokens,
      totalTokenCount: prompt.tokens + output.tokens,
      promptTokensDetails: prompt.details,
      ...(output.tokens > 0
        ? { candidatesTokensDetails: [{ modality: output.modality, tokenCount: output.tokens }] }
        : {}),
    },
    modelVersion: model,
    responseId: randomBytes(12).toString('base64url'),
  });
}

async function answerPicture(
  call: Call,
  stage: Stage,
  model: string,
  body: GeminiBody,
  behaviour: Behaviour,
): Promise<Answer> {
  const asked = pictureOf(model, body.generationConfig?.imageConfig);
  if (!asked.ok) return call.refuse.invalid('Invalid value.', `generation_config.image_config.${asked.field}`);
  if (behaviour.empty) {
    return generated(stage, model, body, { parts: [], finishReason: 'NO_IMAGE', tokens: 0, modality: 'IMAGE' });
  }
  const { width, height, tokens } = asked.picture;
  const insets = sentFiles(body).flatMap((file) => (file.mimeType.startsWith('image/') ? [file.bytes] : []));
  if ((await measureAll(insets)) === null) return call.refuse.invalid('Unable to process input image.', null);
  const bytes = await stage.pictures.draw(
    {
      prompt: promptOf(body),
      caption: `${model} · ${width} × ${height}`,
      width,
      height,
      insets,
    },
    'png',
  );
  const parts: unknown[] = [{ inlineData: { mimeType: 'image/png', data: bytes.toString('base64') } }];
  if (body.generationConfig?.responseModalities?.includes('TEXT') === true) {
    parts.unshift({ text: 'Here is a picture from the sandbox.' });
  }
  return generated(stage, model, body, { parts, finishReason: 'STOP', tokens, modality: 'IMAGE' });
}
