import type { Stack } from '../stacks.js';
import { chatMicros, imageMicros } from './providers.js';

export type Kind = 'plain' | 'streamed' | 'image';

/** One request as its client saw it. */
export interface Outcome {
  kind: Kind;
  /** Why the request failed; null for a complete answer. */
  problem: string | null;
  requestId: string;
  /** From the answer: the provider, the attempts, the cost; `dueMicros` is the cost by the price list. */
  provider: string | null;
  attempts: number | null;
  costMicros: number | null;
  dueMicros: number | null;
  began: number;
  tookMs: number;
}

interface ImageMetadata {
  provider: string;
  cost: number;
  attempts: unknown[];
}
/** The metadata of a chat are texts; its attempts are in a field of their own. */
interface ChatFields {
  metadata: { provider: string; cost: string };
  lumenfall: { attempts: unknown[] };
}
interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
}

type Answer = Pick<Outcome, 'problem' | 'provider' | 'attempts' | 'costMicros' | 'dueMicros'>;

const failed = (problem: string): Answer => ({
  problem,
  provider: null,
  attempts: null,
  costMicros: null,
  dueMicros: null,
});

/** Sends one request and checks the answer as a strict client would. */
export async function ask(stack: Stack, kind: Kind, number: number): Promise<Outcome> {
  const began = Date.now();
  let requestId = '';
  let answer: Answer;
  try {
    const response = await stack.request(...requestOf(kind, number));
    requestId = response.headers.get('x-lumenfall-request-id') ?? '';
    const text = await response.text();
    if (response.status !== 200) answer = failed(`${response.status} ${text.slice(0, 300)}`);
    else answer = kind === 'plain' ? readChat(text) : kind === 'streamed' ? readStream(text) : readImage(text);
  } catch (error) {
    answer = failed(String(error));
  }
  return { kind, requestId, began, tookMs: Date.now() - began, ...answer };
}

function requestOf(kind: Kind, number: number): [string, { method: string; body: object }] {
  if (kind === 'image') {
    // One prompt for all: the sandbox draws it once.
    const body = { model: 'failover/image', prompt: 'A lighthouse in a storm' };
    return ['/openai/v1/images/generations', { method: 'POST', body }];
  }
  const messages = [{ role: 'user', content: `What is good about spares? (${number})` }];
  const stream = kind === 'streamed' ? { stream: true, stream_options: { include_usage: true } } : {};
  return ['/openai/v1/chat/completions', { method: 'POST', body: { model: 'failover/chat', messages, ...stream } }];
}

function paid({ provider, cost, attempts }: ImageMetadata, dueMicros: number): Answer {
  return { problem: null, provider, attempts: attempts.length, costMicros: Math.round(cost * 1e6), dueMicros };
}

function paidChat({ metadata, lumenfall }: ChatFields, { prompt_tokens, completion_tokens }: Usage): Answer {
  const { provider, cost } = metadata;
  const dueMicros = chatMicros(provider, prompt_tokens, completion_tokens);
  return paid({ provider, cost: Number(cost), ...lumenfall }, dueMicros);
}

function readChat(text: string): Answer {
  const body = JSON.parse(text) as ChatFields & {
    choices: { message: { content: string | null }; finish_reason: string }[];
    usage: Usage;
  };
  if (!body.choices[0]?.message.content) return failed('an answer without text');
  return paidChat(body, body.usage);
}

function readStream(text: string): Answer {
  const events = text.split('\n\n').filter((event) => event.startsWith('data: '));
  if (events.at(-1) !== 'data: [DONE]') return failed(`a stream without an end: ${text.slice(-300)}`);
  let answered = '';
  let usage: Usage | null = null;
  let fields: ChatFields | null = null;
  for (const event of events.slice(0, -1)) {
    const chunk = JSON.parse(event.slice(6)) as Partial<ChatFields> & {
      error?: object;
      choices?: { delta: { content?: string | null } }[];
      usage?: Usage | null;
    };
    if (chunk.error !== undefined) return failed(`an error in the stream: ${event.slice(0, 300)}`);
    answered += chunk.choices?.[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
    const { metadata, lumenfall } = chunk;
    if (metadata !== undefined && lumenfall !== undefined) fields = { metadata, lumenfall };
  }
  if (answered === '') return failed('a stream without text');
  if (usage === null) return failed('a stream without usage');
  if (fields === null) return failed('a stream without metadata');
  return paidChat(fields, usage);
}

function readImage(text: string): Answer {
  const body = JSON.parse(text) as { data: { url?: string }[]; metadata: ImageMetadata };
  if (!body.data[0]?.url) return failed('an answer without an image');
  return paid(body.metadata, imageMicros(body.metadata.provider));
}

/** Of ten requests one is an image, the others are plain and streamed by turns. */
const kindOf = (number: number): Kind => (number % 10 === 5 ? 'image' : number % 2 === 0 ? 'plain' : 'streamed');

/** Sends `count` requests, `atOnce` of them at the same time. */
export async function runLoad(stack: Stack, count: number, atOnce: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const number = next++;
      outcomes.push(await ask(stack, kindOf(number), number));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return outcomes;
}

/** Starts chats at an even rate until `close`, which waits for those that still run. */
export function steadyChats(stack: Stack, perSecond: number): { close(): Promise<Outcome[]> } {
  const underWay: Promise<Outcome>[] = [];
  const timer = setInterval(() => {
    const number = underWay.length;
    underWay.push(ask(stack, number % 2 === 0 ? 'plain' : 'streamed', number));
  }, 1_000 / perSecond);
  return {
    close() {
      clearInterval(timer);
      return Promise.all(underWay);
    },
  };
}
