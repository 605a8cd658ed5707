import { BODIES } from './chat-bodies.js';

/** OpenAI's dialect sends what it was given, with the provider's model id, always streamed, always with usage. */
export const openAiWire = Object.fromEntries(
  Object.entries(BODIES).map(([name, body]) => [
    name,
    { ...body, model: 'the-model', stream: true, stream_options: { include_usage: true } },
  ]),
) as Record<string, Record<string, unknown>> as Record<keyof typeof BODIES, Record<string, unknown>>;

export const openAiWay = (secret: string) => ({
  path: '/chat/completions',
  key: { authorization: `Bearer ${secret}` },
});
