import { z } from 'zod';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { renderAtOnce } from '../rendering/render-at-once.js';

const sentSchema = z.looseObject({ url: z.string().min(1) });
const bodySchema = z.looseObject({
  model: z.string().min(1),
  prompt: z.string().min(1),
  image: sentSchema.optional(),
  images: z.array(sentSchema).optional(),
  resolution: z.string().optional(),
});

/** Two cents for each image, in units of 10^-10 USD. */
const TICKS_PER_IMAGE = 200_000_000;

/** `POST images/generations`. */
export const generateImages = (call: Call): Promise<Answer> => makeImages(call, false);

/** `POST images/edits`, in JSON as well. */
export const editImages = (call: Call): Promise<Answer> => makeImages(call, true);

/** The answer has the cost. */
async function makeImages(call: Call, edits: boolean): Promise<Answer> {
  const read = call.parse(bodySchema, { operation: 'image' });
  if (!read.ok) return read.answer;
  const { image, images = [], ...fields } = read.body;
  const { model } = fields;
  const sent = edits ? [...(image ? [image] : []), ...images].map(({ url }) => url) : [];
  if (edits && sent.length === 0) return call.refuse.invalid('image is required', 'image');
  return renderAtOnce(call, model, { ...fields, images: sent }, (made, asked) => {
    const data =
      made === 'moderated'
        ? [{ b64_json: null, url: null, revised_prompt: '', respect_moderation: false }]
        : made.map((bytes) => ({
            b64_json: bytes.toString('base64'),
            mime_type: `image/${asked.extension}`,
            revised_prompt: '',
            respect_moderation: true,
          }));
    const charged = made === 'moderated' ? asked.count : made.length;
    return json(200, { data, model, usage: { cost_in_usd_ticks: TICKS_PER_IMAGE * charged } });
  });
}
