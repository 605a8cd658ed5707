import type { ChatBody, ChatMessage } from '../chat/body.js';
import type { GeminiBody } from './body.js';

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
