import { EDITS, BASICS, form, ImageDesk } from './image-desk.js';
import { errorOf } from './running-gateway.js';

const desk = new ImageDesk();
const GENERATIONS = '/openai/v1/images/generations';

describe("an edit by Vercel's AI SDK, which reads base64 and does not ask for it", () => {
  const edit = async (agent: string, ...more: [string, string][]): Promise<unknown> => {
    const answer = await desk.gateway.call(EDITS, {
      method: 'POST',
      headers: { 'user-agent': agent },
      body: form(...BASICS, ['image', desk.png], ...more),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { data: unknown[] }).data[0];
  };

  it.each(['ai/6.0.326 ai-sdk/provider-utils/4.0.66 runtime/node.js/v20.20.2', 'ai-sdk/openai/2.0.1 runtime/browser'])(
    'is answered in base64: %s',
    async (agent) => expect(await edit(agent)).toEqual({ b64_json: desk.png.toString('base64') }),
  );

  it('is answered by an address where it asks for one', async () => {
    expect(await edit('ai/6.0.326', ['response_format', 'url'])).toEqual({ url: expect.any(String) });
  });

  it.each(['OpenAI/JS 6.49.0', 'curl/8.5.0', 'chai/5.1'])('says nothing about others: %s', async (agent) => {
    expect(await edit(agent)).toEqual({ url: expect.any(String) });
  });
});

describe('a form with a part that has no name', () => {
  it.each([
    ['a text', 'form-data', EDITS],
    ['a file', 'form-data; filename="a.png"', EDITS],
    ['a text', 'form-data', '/openai/v1/videos'],
  ])('is refused: %s', async (_, disposition, path) => {
    const answer = await desk.gateway.call(path, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=X' },
      body: `--X\r\nContent-Disposition: ${disposition}\r\n\r\nx\r\n--X--\r\n`,
    });
    expect(answer.status).toBe(400);
    expect((await errorOf(answer)).message).toContain('no name');
  });
});

describe('images asked for piece by piece', () => {
  const body = { model: 'draws', prompt: 'A fox' };

  it('are refused, since whoever waits for pieces would see none', async () => {
    const generation = await desk.gateway.call(GENERATIONS, { json: { ...body, stream: true, partial_images: 2 } });
    for (const answer of [generation, await desk.edit(['image', desk.png], ['stream', 'true'])]) {
      expect(answer.status).toBe(400);
      expect(await errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', param: 'stream' });
    }
    expect(desk.heard).toEqual([]);
  });

  it.each([false, null])('are made at once where the body says that they need not be: %p', async (stream) => {
    expect((await desk.gateway.call(GENERATIONS, { json: { ...body, stream } })).status).toBe(200);
    expect(desk.heard[0]?.request.extra).toEqual({});
  });
});
