import { randomBytes } from 'node:crypto';
import type { Behaviour } from '../directives/behaviour.js';
import { json, type Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { obey } from '../exchange/obey.js';
import { pause } from '../exchange/pause.js';
import { plainly, type Performance } from '../exchange/perform.js';
import { measure } from '../pictures/picture-studio.js';
import type { Stage } from '../stage.js';
import { cannedPieces } from '../tokens/canned-text.js';
import { textOf, tokensOf } from '../tokens/piece.js';
import { geminiBodySchema, promptOf, sentFiles, textsOf, type GeminiBody } from './body.js';
import { pictureOf } from './image-size.js';

/** Input tokens of one picture that was sent. */
const SENT_IMAGE_TOKENS = 560;

/** `POST models/{model}:generateContent`. */
export async function answerGemini(call: Call, stage: Stage, target: string): Promise<Performance> {
  const colon = target.lastIndexOf(':');
  const [model, method] = [target.slice(0, colon), target.slice(colon + 1)];
  if (colon < 1 || method !== 'generateContent') return plainly(call.refuse.notFound(`Method models/${target}`));
  const isImage = model.includes('image');
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
  const work = isImage ? answerPicture : answerText;
  return { answer: await work(call, stage, model, body, behaviour), cut: behaviour.cut };
}

interface Output {
  parts: unknown[];
  finishReason: string;
  tokens: number;
  modality: 'TEXT' | 'IMAGE';
}

/** A whole answer around what was made. */
async function generated(stage: Stage, model: string, body: GeminiBody, output: Output): Promise<Answer> {
  const textTokens = await stage.tokenizer.count(textsOf(body));
  const imageTokens = sentFiles(body).length * SENT_IMAGE_TOKENS;
  const details = [
    { modality: 'TEXT', tokenCount: textTokens },
    ...(imageTokens > 0 ? [{ modality: 'IMAGE', tokenCount: imageTokens }] : []),
  ];
  const content = output.parts.length > 0 ? { content: { role: 'model', parts: output.parts } } : {};
  return json(200, {
    candidates: [{ ...content, finishReason: output.finishReason, index: 0 }],
    usageMetadata: {
      promptTokenCount: textTokens + imageTokens,
      candidatesTokenCount: output.tokens,
      totalTokenCount: textTokens + imageTokens + output.tokens,
      promptTokensDetails: details,
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
  const inset = sentFiles(body).find((file) => file.mimeType.startsWith('image/'))?.bytes;
  if (inset !== undefined && (await measure(inset)) === null) {
    return call.refuse.invalid('Unable to process input image.', null);
  }
  const bytes = await stage.pictures.draw(
    {
      prompt: promptOf(body),
      caption: `${model} · ${width} × ${height}`,
      width,
      height,
      ...(inset === undefined ? {} : { inset }),
    },
    'png',
  );
  const parts: unknown[] = [{ inlineData: { mimeType: 'image/png', data: bytes.toString('base64') } }];
  if (body.generationConfig?.responseModalities?.includes('TEXT') === true) {
    parts.unshift({ text: 'Here is a picture from the sandbox.' });
  }
  return generated(stage, model, body, { parts, finishReason: 'STOP', tokens, modality: 'IMAGE' });
}

async function answerText(
  call: Call,
  stage: Stage,
  model: string,
  body: GeminiBody,
  behaviour: Behaviour,
): Promise<Answer> {
  if (behaviour.empty) {
    return generated(stage, model, body, { parts: [], finishReason: 'STOP', tokens: 0, modality: 'TEXT' });
  }
  const files = sentFiles(body);
  const count = (kind: string): number => files.filter((file) => file.mimeType.startsWith(kind)).length;
  const [images, sounds] = [count('image/'), count('audio/')];
  const attached = { images, sounds, files: files.length - images - sounds };
  const said = cannedPieces(promptOf(body), attached, behaviour.tokens);
  const limit = body.generationConfig?.maxOutputTokens ?? said.length;
  const pieces = said.slice(0, limit);
  const tokens = tokensOf(pieces);
  if (behaviour.rate !== null) await pause((tokens * 1_000) / behaviour.rate, call.signal);
  const finishReason = pieces.length < said.length ? 'MAX_TOKENS' : 'STOP';
  return generated(stage, model, body, { parts: [{ text: textOf(pieces) }], finishReason, tokens, modality: 'TEXT' });
}
