import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { json } from '../exchange/answer.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { perform, plainly, type Performance } from '../exchange/perform.js';
import { drawAtOnce } from '../pictures/draw-at-once.js';
import { Stage } from '../stage.js';

const sentSchema = z.looseObject({ url: z.string().min(1) });
const bodySchema = z.looseObject({
  model: z.string().min(1),
  prompt: z.string().min(1),
  image: sentSchema.optional(),
  images: z.array(sentSchema).optional(),
});

/** Two cents each, in units of 10^-10 USD. */
const TICKS_PER_IMAGE = 200_000_000;
/** Its tiers are written small. */
const TIERS: Readonly<Record<string, string>> = { '1k': '1K', '2k': '2K' };

/** xAI's images: JSON for edits as well, and the cost with the answer. */
@Controller('xai/images')
export class XaiController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Post('generations')
  generate(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#make(call, false));
  }

  @Post('edits')
  edit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#make(call, true));
  }

  async #make(call: Call, edits: boolean): Promise<Performance> {
    const parsed = bodySchema.safeParse(call.body);
    if (!parsed.success) {
      call.note({ operation: 'image' });
      const { message, field } = firstProblem(parsed.error);
      return plainly(call.refuse.invalid(message, field));
    }
    const { image, images, resolution, ...fields } = parsed.data;
    const { model, prompt } = fields;
    const sent = edits ? [...(image ? [image] : []), ...(images ?? [])].map(({ url }) => url) : [];
    if (edits && sent.length === 0) return plainly(call.refuse.invalid('image is required', 'image'));
    const tier = typeof resolution === 'string' ? (TIERS[resolution] ?? resolution) : undefined;
    const input = { ...fields, images: sent, ...(tier === undefined ? {} : { resolution: tier }) };
    return drawAtOnce(call, this.stage, { model, prompt, input }, (made, asked) => {
      const moderated = made === 'moderated';
      const data = moderated
        ? [{ b64_json: null, url: null, revised_prompt: '', respect_moderation: false }]
        : made.map((bytes) => ({
            b64_json: bytes.toString('base64'),
            mime_type: `image/${asked.format}`,
            revised_prompt: '',
            respect_moderation: true,
          }));
      const ticks = TICKS_PER_IMAGE * (moderated ? asked.count : made.length);
      return json(200, { data, model, usage: { cost_in_usd_ticks: ticks } });
    });
  }
}
