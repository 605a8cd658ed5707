import type OpenAI from 'openai';
import { charged, toMicros } from './account.js';
import { untilFirstChoice } from './first-choice.js';
import { onEveryStack } from './stacks.js';

const MODEL = 'google/gemini-3-flash-preview';
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Why is the sky blue?' }];
const requestIdOf = (response: Response): string => response.headers.get('x-lumenfall-request-id') ?? '';

onEveryStack((stack) => {
  describe('a chat', () => {
    beforeAll(() => untilFirstChoice(stack, MODEL, 'openrouter'));

    it('is answered with text and usage, recorded, and charged exactly', async () => {
      const { value, request, costMicros } = await charged(stack, async () => {
        const { data, response } = await stack.openai.chat.completions
          .create({ model: MODEL, messages })
          .withResponse();
        return { requestId: requestIdOf(response), value: data };
      });
      expect(value).toMatchObject({ object: 'chat.completion', model: MODEL });
      expect(value.id).toBe(`chatcmpl-${request.id.slice(4)}`);
      expect(value.choices[0]?.message).toMatchObject({ role: 'assistant', content: expect.stringMatching(/\w/) });
      expect(value.choices[0]?.finish_reason).toBe('stop');
      const { prompt_tokens: prompt = 0, completion_tokens: completion = 0, total_tokens: total } = value.usage ?? {};
      expect(prompt).toBeGreaterThan(0);
      expect(completion).toBeGreaterThan(0);
      expect(total).toBe(prompt + completion);
      expect(request).toMatchObject({ status: 'completed', modality: 'text', model: MODEL, error_code: null });
      expect(costMicros).toBeGreaterThan(0);
      const { metadata } = value as unknown as { metadata: { cost: string; provider: string; executed_model: string } };
      expect(metadata).toMatchObject({ provider: 'openrouter', executed_model: `openrouter/${MODEL}` });
      expect(toMicros(Number(metadata.cost))).toBe(costMicros);
    });

    it('streams, without a usage chunk unless it is asked for', async () => {
      const { value: chunks, request } = await charged(stack, async () => {
        const { data, response } = await stack.openai.chat.completions
          .create({ model: MODEL, messages, stream: true })
          .withResponse();
        const seen: OpenAI.ChatCompletionChunk[] = [];
        for await (const chunk of data) seen.push(chunk);
        return { requestId: requestIdOf(response), value: seen };
      });
      expect(chunks.length).toBeGreaterThan(2);
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toMatch(/\w/);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
      expect(chunks.every((chunk) => chunk.usage == null && chunk.choices.length > 0)).toBe(true);
      expect(request.status).toBe('completed');
    });

    it('streams usage last where include_usage asks for it', async () => {
      const stream = await stack.openai.chat.completions.create({
        model: MODEL,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks.at(-1)?.choices).toEqual([]);
      expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
    });

    it('is an event stream that ends with [DONE]', async () => {
      const response = await stack.request('/openai/v1/chat/completions', {
        method: 'POST',
        body: { model: MODEL, messages, stream: true },
      });
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith(':'));
      expect(lines.every((line) => line.startsWith('data: '))).toBe(true);
      expect(lines.at(-1)).toBe('data: [DONE]');
    });

    it.each([false, true])('passes tools on and their calls back (stream: %s)', async (stream) => {
      const tools: OpenAI.ChatCompletionTool[] = [
        {
          type: 'function',
          function: {
            name: 'look_up',
            parameters: { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] },
          },
        },
      ];
      const body = {
        model: MODEL,
        messages: [{ role: 'user' as const, content: 'Look it up. [sandbox tool]' }],
        tools,
      };
      if (stream) {
        const runner = stack.openai.chat.completions.stream(body);
        const final = await runner.finalChatCompletion();
        expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'look_up' } });
      } else {
        const answer = await stack.openai.chat.completions.create(body);
        const call = answer.choices[0]?.message.tool_calls?.[0];
        expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
        expect(call).toMatchObject({ type: 'function', function: { name: 'look_up' } });
        expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toHaveProperty('word');
      }
    });

    it('takes multimodal parts and fields that it does not know', async () => {
      const parts = [
        { type: 'text' as const, text: 'What is this?' },
        { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      ];
      const body = {
        model: MODEL,
        messages: [{ role: 'user' as const, content: parts }],
        top_k: 7,
        provider: { order: ['x'] },
        made_up: { a: 1 },
      };
      const answer = await stack.openai.chat.completions.create(body as OpenAI.ChatCompletionCreateParamsNonStreaming);
      expect(answer.choices[0]?.message.content).toMatch(/\w/);
    });

    it.each([
      'mistralai/some-model-of-tomorrow',
      'openrouter/google/gemini-3-flash-preview',
      'openai-compatible/llama3.2',
    ])('reaches %s', async (model) => {
      const response = await stack.request('/openai/v1/chat/completions', {
        method: 'POST',
        body: { model, messages },
      });
      // A model without a price that reports no cost of its own is refused, never free.
      if (model.startsWith('openai-compatible/') && response.status === 503) {
        expect(await response.json()).toMatchObject({ error: { code: 'UNPRICED_MODEL' } });
        return;
      }
      expect(response.status).toBe(200);
    });
  });
});
