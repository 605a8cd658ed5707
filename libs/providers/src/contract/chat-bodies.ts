import type { ChatBody } from '@lumenfall/contracts';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const PIXEL_DATA = PIXEL;
export const PIXEL_URI = `data:image/png;base64,${PIXEL}`;

export const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

const WEATHER = {
  type: 'function' as const,
  function: { name: 'get_weather', description: 'Tells the weather', parameters: SCHEMA },
};
const call = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

const ask = (more: Partial<ChatBody>): ChatBody => ({
  model: 'public-name',
  messages: [{ role: 'user', content: 'Hi' }],
  ...more,
});

/** Bodies as clients send them. The contract sends each, and every adapter's spec says how it looks on its wire. */
export const BODIES = {
  plain: ask({ top_k: 7 }),
  settings: ask({ temperature: 0.5, top_p: 0.9, max_tokens: 100, stop: ['END'], user: 'u-1' }),
  system: ask({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: 'Hi' },
    ],
  }),
  image: ask({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: PIXEL_URI } },
        ],
      },
    ],
  }),
  tools: ask({ tools: [WEATHER], tool_choice: { type: 'function', function: { name: 'get_weather' } } }),
  toolResults: ask({
    tools: [WEATHER],
    messages: [
      { role: 'user', content: 'Weather in Paris and Rome?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          call('call_1', 'get_weather', '{"city":"Paris"}'),
          call('call_2', 'get_weather', '{"city":"Rome"}'),
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
      { role: 'tool', tool_call_id: 'call_2', content: '{"sky":"sun"}' },
    ],
  }),
  jsonSchema: ask({
    response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: SCHEMA } },
  }),
  reasoning: ask({ reasoning_effort: 'medium', max_tokens: 4_000 }),
} satisfies Record<string, ChatBody>;

type Wire = Record<keyof typeof BODIES, Record<string, unknown>>;

/** `BODIES` in OpenAI's dialect: unchanged but for the model, the stream with usage, and the role of instructions. */
export const openAiWire = (instructions: 'developer' | 'system'): Wire =>
  Object.fromEntries(
    Object.entries<ChatBody>(BODIES).map(([name, body]) => [
      name,
      {
        ...body,
        messages: body.messages.map((one) => (one.role === 'developer' ? { ...one, role: instructions } : one)),
        model: 'the-model',
        stream: true,
        stream_options: { include_usage: true },
      },
    ]),
  ) as unknown as Wire;

export const openAiWay = (secret: string) => ({
  path: '/chat/completions',
  key: { authorization: `Bearer ${secret}` },
});
