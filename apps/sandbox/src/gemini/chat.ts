import { randomBytes } from 'node:crypto';
import type { Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { answerChat } from '../chat/answer-chat.js';
import type { ChatBody, ChatMessage } from '../chat/body.js';
import { replyTo, type ChatReply } from '../chat/reply.js';
import type { Behaviour } from '../directives/behaviour.js';
import { textOf, thoughtsOn, tokensOf, type Piece } from '../tokens/canned-text.js';
import { promptOf, promptUsage, type GeminiBody, type PromptUsage } from './body.js';
import { geminiFailureBody } from './refusals.js';

/** `whole` is `:generateContent`, `array` and `events` are `:streamGenerateContent` without and with `alt=sse`. */
export type ChatForm = 'whole' | 'array' | 'events';

interface Said {
  model: string;
  reply: ChatReply;
  thoughts: readonly Piece[];
  prompt: PromptUsage;
  candidates: number;
  responseId: string;
}

/** Text, calls of functions and thoughts, of models that do not make images. */
export async function generateChat(
  call: Call,
  model: string,
  body: GeminiBody,
  behaviour: Behaviour,
  form: ChatForm,
): Promise<Answer> {
  const { tokenizer } = call.context;
  const missing = missingSignature(model, body);
  if (missing !== null) return call.refuse.invalid(missing, null);
  const wantsThoughts = body.generationConfig?.thinkingConfig?.includeThoughts === true && !behaviour.empty;
  const said: Said = {
    model,
    reply: await replyTo(asChat(model, body), behaviour, tokenizer),
    thoughts: wantsThoughts ? thoughtsOn(promptOf(body)) : [],
    prompt: await promptUsage(body, tokenizer),
    candidates: body.generationConfig?.candidateCount ?? 1,
    responseId: randomBytes(12).toString('base64url'),
  };
  return answerChat(call, behaviour, {
    streams: form === 'events',
    tokens: said.reply.completionTokens + tokensOf(said.thoughts),
    frames: () => frames(said, behaviour),
    whole: () => (form === 'array' ? [wholeChunk(said)] : wholeChunk(said)),
  });
}

/** One chunk per token, each with the counts so far; a function call is one chunk. */
function* frames(said: Said, behaviour: Behaviour): Generator<string> {
  const lateFailureAt = behaviour.status === null ? null : behaviour.after;
  let sent = 0;
  for (let index = 0; index < said.candidates; index += 1) {
    for (const part of partsOf(said)) {
      if (sent === lateFailureAt) break;
      yield frame(chunk(said, [{ content: { parts: [part], role: 'model' }, index }], false));
      sent += 1;
    }
    if (lateFailureAt !== null) continue;
    const last = { content: { parts: [{ text: '' }], role: 'model' }, finishReason: finishOf(said), index };
    yield frame(chunk(said, [last], index === said.candidates - 1));
  }
  if (lateFailureAt !== null && behaviour.status !== null) yield frame(geminiFailureBody(behaviour.status));
}

const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`;

function wholeChunk(said: Said): Record<string, unknown> {
  const { reply, thoughts } = said;
  const parts = [
    ...(thoughts.length > 0 ? [{ text: textOf(thoughts), thought: true }] : []),
    ...(reply.toolName !== null ? [callPart(reply)] : reply.pieces.length > 0 ? [{ text: textOf(reply.pieces) }] : []),
  ];
  const candidates = Array.from({ length: said.candidates }, (_, index) => ({
    ...(parts.length > 0 ? { content: { parts, role: 'model' } } : {}),
    finishReason: finishOf(said),
    index,
  }));
  return chunk(said, candidates, true);
}

function* partsOf({ thoughts, reply }: Said): Generator<Record<string, unknown>> {
  for (const { text } of thoughts) yield { text, thought: true };
  if (reply.toolName !== null) yield callPart(reply);
  else for (const { text } of reply.pieces) yield { text };
}

const SIGNATURE = Buffer.from('signed by the sandbox').toString('base64');

const callPart = ({ toolName, pieces }: ChatReply): Record<string, unknown> => ({
  functionCall: {
    id: randomBytes(6).toString('base64url'),
    name: toolName,
    args: JSON.parse(textOf(pieces)) as unknown,
  },
  thoughtSignature: SIGNATURE,
});

const finishOf = ({ reply }: Said): string => (reply.finish === 'length' ? 'MAX_TOKENS' : 'STOP');

/** Counts of the answer come with the last chunk. */
function chunk(said: Said, candidates: unknown[], isLast: boolean): Record<string, unknown> {
  const { reply, thoughts, prompt } = said;
  const answered = isLast ? reply.completionTokens * said.candidates : 0;
  const thought = isLast ? tokensOf(thoughts) * said.candidates : 0;
  return {
    candidates,
    usageMetadata: {
      promptTokenCount: prompt.tokens,
      ...(isLast ? { candidatesTokenCount: answered } : {}),
      totalTokenCount: prompt.tokens + answered + thought,
      promptTokensDetails: prompt.details,
      ...(thought > 0 ? { thoughtsTokenCount: thought } : {}),
      ...(answered > 0 ? { candidatesTokensDetails: [{ modality: 'TEXT', tokenCount: answered }] } : {}),
    },
    modelVersion: said.model,
    responseId: said.responseId,
  };
}

/** A `generateContent` request as a chat completion, from which the sandbox decides its answer. */
export function asChat(model: string, body: GeminiBody): ChatBody {
  const config = body.generationConfig;
  const choice = body.toolConfig?.functionCallingConfig;
  const named = choice?.allowedFunctionNames?.[0];
  const schema = config?.responseJsonSchema ?? config?.responseSchema;
  return {
    model,
    messages: body.contents.map(messageOf),
    max_tokens: config?.maxOutputTokens,
    n: config?.candidateCount,
    tools: (body.tools ?? [])
      .flatMap(({ functionDeclarations }) => functionDeclarations ?? [])
      .map(({ name, parametersJsonSchema, parameters }) => ({
        type: 'function' as const,
        function: { name, parameters: parametersJsonSchema ?? parameters },
      })),
    ...(choice?.mode === 'NONE' ? { tool_choice: 'none' } : {}),
    ...(named === undefined ? {} : { tool_choice: { type: 'function', function: { name: named } } }),
    ...(config?.responseMimeType === 'application/json'
      ? {
          response_format:
            schema === undefined ? { type: 'json_object' } : { type: 'json_schema', json_schema: { schema } },
        }
      : {}),
  };
}

function messageOf({ role, parts }: GeminiBody['contents'][number]): ChatMessage {
  const isResult = parts.some(({ functionResponse }) => functionResponse !== undefined);
  return {
    role: isResult ? 'tool' : role === 'model' ? 'assistant' : 'user',
    content: parts.map((part) => {
      if (part.inlineData !== undefined) return { type: kindOf(part.inlineData.mimeType) };
      if (part.text !== undefined) return { type: 'text', text: part.text };
      return { type: 'other' };
    }),
  };
}

function kindOf(mimeType: string): string {
  if (mimeType.startsWith('image/')) return 'image_url';
  return mimeType.startsWith('audio/') ? 'input_audio' : 'file';
}

/** Gemini 3 requires the signature of the first call of each turn; null if none is missing. */
export function missingSignature(model: string, body: GeminiBody): string | null {
  if (!/^gemini-[3-9]/.test(model)) return null;
  for (const { parts } of body.contents) {
    const first = parts.find(({ functionCall }) => functionCall !== undefined);
    if (first?.functionCall !== undefined && first.thoughtSignature === undefined) {
      return `Function call is missing a thought_signature in functionCall parts: ${first.functionCall.name}.`;
    }
  }
  return null;
}
