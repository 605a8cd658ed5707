import { isDeepStrictEqual } from 'node:util';
import { json, type Answer, type JsonAnswer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { obey } from '../exchange/obey.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { SentForm } from '../exchange/read-form.js';
import { fileUrl } from '../files/file-url.js';
import { measure } from '../pictures/picture-studio.js';
import { measureAll } from '../pictures/sent-picture.js';
import { openaiError } from '../refusals/openai.js';
import type { Stage } from '../stage.js';
import { imageBodySchema, isGptImage, qualityOf, sizeOf, type ImageBody } from './body.js';
import { imageUsageBody, inputImageTokens, outputTokens } from './usage.js';

/** `POST images/generations` and, with the pictures to edit among its files, `POST images/edits`. */
export async function answerImages(call: Call, stage: Stage, form: SentForm): Promise<Performance> {
  const parsed = imageBodySchema.safeParse(form.fields);
  if (!parsed.success) {
    call.note({ operation: 'image' });
    const { message, field } = firstProblem(parsed.error);
    return plainly(call.refuse.invalid(message, field));
  }
  const body = parsed.data;
  call.note({ operation: 'image', prompt: body.prompt, model: body.model });
  const behaviour = behaviourOf(call, stage, body.prompt);
  const refusal = (await obey(call, behaviour)) ?? refusalOf(call, body);
  if (refusal !== null) return { answer: refusal, cut: behaviour.cut };
  const answer = behaviour.moderation ? moderationBlocked() : await deliver(call, stage, body, form, behaviour.empty);
  return { answer, cut: behaviour.cut };
}

function refusalOf(call: Call, body: ImageBody): Answer | null {
  if (isGptImage(body.model) && body.response_format !== null && body.response_format !== undefined) {
    return call.refuse.invalid("Unknown parameter: 'response_format'.", 'response_format');
  }
  if (sizeOf(body.model, body.size) === null) {
    return call.refuse.invalid(`Invalid value: '${body.size}'. This size is not offered by ${body.model}.`, 'size');
  }
  return null;
}

async function deliver(call: Call, stage: Stage, body: ImageBody, form: SentForm, empty: boolean): Promise<Answer> {
  const size = sizeOf(body.model, body.size) ?? { width: 1024, height: 1024 };
  const pictures = form.files.filter((file) => /^image(\[\d*\])?$/.test(file.field));
  const mask = form.files.find((file) => file.field === 'mask')?.bytes ?? null;
  const measured = await measureAll(pictures.map((file) => file.bytes));
  if (measured === null) return call.refuse.invalid('Invalid image file or mode for image.', 'image');
  const maskSize = mask === null ? null : await measure(mask);
  if (mask !== null && (maskSize === null || !isDeepStrictEqual(maskSize, measured[0]))) {
    return call.refuse.invalid('Invalid mask image format - mask size does not match image size', 'mask');
  }
  const imageTokens = measured.reduce((sum, { width, height }) => sum + inputImageTokens(width, height), 0);

  const format = body.output_format ?? 'png';
  const quality = qualityOf(body.quality);
  const wanted = empty ? 0 : (body.n ?? 1);
  const first = pictures[0]?.bytes;
  const sent =
    first !== undefined && mask !== null
      ? { ground: { picture: first, mask } }
      : { insets: pictures.map((file) => file.bytes) };
  const data = await Promise.all(
    Array.from({ length: wanted }, async (_, index) => {
      const caption = `${body.model} · ${size.width} × ${size.height}${wanted > 1 ? ` · ${index + 1} of ${wanted}` : ''}`;
      const picture = { prompt: body.prompt, caption, ...size, ...sent };
      const bytes = await stage.pictures.draw(picture, format, body.output_compression ?? 100);
      if (isGptImage(body.model) || body.response_format === 'b64_json') return { b64_json: bytes.toString('base64') };
      const make = async () => ({ bytes: await stage.pictures.draw(picture, format), contentType: `image/${format}` });
      return { url: fileUrl(call, stage, { model: body.model, prompt: body.prompt, make, extension: format }) };
    }),
  );
  const created = Math.floor(Date.now() / 1_000);
  if (!isGptImage(body.model)) return json(200, { created, data });
  const usage = imageUsageBody(
    { text: await stage.tokenizer.count([body.prompt]), image: imageTokens },
    wanted * outputTokens(quality, size.width, size.height),
  );
  const background = body.background === 'transparent' ? 'transparent' : 'opaque';
  const made = { created, background, output_format: format, quality, size: `${size.width}x${size.height}`, usage };
  return json(200, { ...made, data });
}

const moderationBlocked = (): JsonAnswer =>
  json(
    400,
    openaiError(
      'Your request was rejected by the safety system. If you believe this is an error, contact us and include the request ID.',
      'image_generation_user_error',
      'moderation_blocked',
    ),
  );
