import { isDeepStrictEqual } from 'node:util';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { fileUrl } from '../jobs/job-calls.js';
import { measureImage, measureImages, type ImageSpec } from '../rendering/image-renderer.js';
import { readForm, type SentForm } from './form.js';
import {
  imageBodySchema,
  inputImageTokens,
  isGptImage,
  outputTokens,
  qualityOf,
  sizeOf,
  type ImageBody,
} from './image-body.js';
import { openaiError } from './refusals.js';

/** `POST images/generations` and, with the images to edit among its files, `POST images/edits`. */
export async function makeImages(call: Call): Promise<Answer> {
  const form = await readForm(call.request);
  const read = call.parse(imageBodySchema, { operation: 'image' }, form.fields);
  if (!read.ok) return read.answer;
  const { body } = read;
  const { prompt, model } = body;
  const behaviour = call.behave({ operation: 'image', prompt, model, makes: 'image' });
  const refusal = (await call.apply(behaviour)) ?? refusalOf(call, body);
  if (refusal !== null) return refusal;
  return behaviour.moderation ? moderationBlocked() : deliver(call, body, form, behaviour.empty ? 0 : (body.n ?? 1));
}

function refusalOf(call: Call, body: ImageBody): Answer | null {
  if (isGptImage(body.model) && body.response_format !== null && body.response_format !== undefined) {
    return call.refuse.invalid("Unknown parameter: 'response_format'.", 'response_format');
  }
  if (sizeOf(body.model, body.size) !== null) return null;
  return call.refuse.invalid(`Invalid value: '${body.size}'. This size is not offered by ${body.model}.`, 'size');
}

async function deliver(call: Call, body: ImageBody, form: SentForm, count: number): Promise<Answer> {
  const { model, prompt } = body;
  const size = sizeOf(model, body.size) ?? { width: 1024, height: 1024 };
  const sent = form.files.filter(({ field }) => /^image(\[\d*\])?$/.test(field)).map(({ bytes }) => bytes);
  const mask = form.files.find(({ field }) => field === 'mask')?.bytes ?? null;
  const sizes = await measureImages(sent);
  if (sizes === null) return call.refuse.invalid('Invalid image file or mode for image.', 'image');
  if (mask !== null && (sizes[0] === undefined || !isDeepStrictEqual(await measureImage(mask), sizes[0]))) {
    return call.refuse.invalid('Invalid mask image format - mask size does not match image size', 'mask');
  }
  const format = body.output_format ?? 'png';
  const quality = qualityOf(body.quality);
  const ground = sent[0] !== undefined && mask !== null ? { image: sent[0], mask } : undefined;
  const shows = ground === undefined ? { insets: sent } : { ground };
  const data = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const numbered = count > 1 ? ` · ${index + 1} of ${count}` : '';
      const caption = `${model} · ${size.width} × ${size.height}${numbered}`;
      const image: ImageSpec = { prompt, caption, ...size, ...shows };
      const render = () => call.context.images.render(image, format, body.output_compression ?? 100);
      if (isGptImage(model) || body.response_format === 'b64_json') {
        return { b64_json: (await render()).toString('base64') };
      }
      const make = async () => ({ bytes: await render(), contentType: `image/${format}` });
      const media = { ...size, seconds: 0, count: 1, extension: format, make };
      const id = call.context.jobs.keepFile({ provider: call.provider, model, prompt, input: {}, media });
      return { url: fileUrl(call, id, format) };
    }),
  );
  const created = Math.floor(Date.now() / 1_000);
  if (!isGptImage(model)) return json(200, { created, data });
  return json(200, {
    created,
    background: body.background === 'transparent' ? 'transparent' : 'opaque',
    output_format: format,
    quality,
    size: `${size.width}x${size.height}`,
    usage: usageBody(
      await call.context.tokenizer.count([prompt]),
      sizes.reduce((sum, sentSize) => sum + inputImageTokens(sentSize), 0),
      count * outputTokens(quality, size.width, size.height),
    ),
    data,
  });
}

/** `usage` of an image answer, in tokens. */
const usageBody = (text: number, image: number, output: number): object => ({
  input_tokens: text + image,
  input_tokens_details: { text_tokens: text, image_tokens: image },
  output_tokens: output,
  output_tokens_details: { text_tokens: 0, image_tokens: output },
  total_tokens: text + image + output,
});

const moderationBlocked = (): Answer =>
  json(
    400,
    openaiError(
      'Your request was rejected by the safety system. If you believe this is an error, contact us and include the request ID.',
      'image_generation_user_error',
      'moderation_blocked',
    ),
  );
