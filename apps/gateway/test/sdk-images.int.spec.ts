import { EDITS, BASICS, form, ImageHarness } from './image-harness.js';
import { errorOf } from './running-gateway.js';

const harness = new ImageHarness();
const GENERATIONS = '/openai/v1/images/generations';

describe("an image edit by Vercel's AI SDK, which reads base64 and does not ask for it", () => {
  const edit = async (agent: string, ...more: [string, string][]): Promise<unknown> => {
    const answer = await harness.gateway.call(EDITS, {
      method: 'POST',
      headers: { 'user-agent': agent },
      body: form(...BASICS, ['image', harness.png], ...more),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { data: unknown[] }).data[0];
  };

  it.each(['ai/6.0.326 ai-sdk/provider-utils/4.0.66 runtime/node.js/v20.20.2', 'ai-sdk/openai/2.0.1 runtime/browser'])(
    'is answered in base64: %s',
    async (agent) => expect(await edit(agent)).toEqual({ b64_json: harness.png.toString('base64') }),
  );

  it('is answered with an address if it asks for one', async () => {
    expect(await edit('ai/6.0.326', ['response_format', 'url'])).toEqual({ url: expect.any(String) });
  });

  it.each(['OpenAI/JS 6.49.0', 'curl/8.5.0', 'chai/5.1'])('does not apply to the user agent %s', async (agent) => {
    expect(await edit(agent)).toEqual({ url: expect.any(String) });
  });
});

describe('a form with a part without a name', () => {
  it.each([
    ['a text', 'form-data', EDITS],
    ['a file', 'form-data; filename="a.png"', EDITS],
    ['a text', 'form-data', '/openai/v1/videos'],
  ])('is refused: %s', async (_, disposition, path) => {
    const answer = await harness.gateway.call(path, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=X' },
      body: `--X\r\nContent-Disposition: ${disposition}\r\n\r\nx\r\n--X--\r\n`,
    });
    expect(answer.status).toBe(400);
    expect((await errorOf(answer)).message).toContain('no name');
  });
});

describe('streamed images', () => {
  const body = { model: 'draws', prompt: 'A fox' };

  it('are refused, because no partial images would be sent', async () => {
    const generation = await harness.gateway.call(GENERATIONS, { json: { ...body, stream: true, partial_images: 2 } });
    for (const answer of [generation, await harness.edit(['image', harness.png], ['stream', 'true'])]) {
      expect(answer.status).toBe(400);
      expect(await errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', param: 'stream' });
    }
    expect(harness.jobs).toEqual([]);
  });

  it.each([false, null])('may be declined in the body: stream %p', async (stream) => {
    expect((await harness.gateway.call(GENERATIONS, { json: { ...body, stream } })).status).toBe(200);
    expect(harness.jobs[0]?.request.extra).toEqual({});
  });
});
