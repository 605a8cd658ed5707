import type { Behaviour } from '../directives/behaviour.js';
import { withoutDirectives } from '../directives/parse-directives.js';
import { cannedPieces } from '../tokens/canned-text.js';
import { piece, tokensOf, type Piece } from '../tokens/piece.js';
import type { Tokenizer } from '../tokens/tokenizer.js';
import { attachmentsOf, promptOf, textOfMessage, type ChatBody } from './body.js';
import { madeUpValue } from './made-up-value.js';

/** What the model says, before a dialect gives it its form. */
export interface ChatReply {
  pieces: readonly Piece[];
  /** Set when `pieces` are the arguments of a call of this tool. */
  toolName: string | null;
  finish: 'stop' | 'length' | 'tool_calls';
  completionTokens: number;
}

/** Decides what to say. Only tool calls, JSON and echoes need the tokenizer; canned text has its counts with it. */
export async function replyTo(body: ChatBody, behaviour: Behaviour, tokenizer: Tokenizer): Promise<ChatReply> {
  if (behaviour.empty) return { pieces: [], toolName: null, finish: 'stop', completionTokens: 0 };
  const tool = behaviour.tool ? toolToCall(body) : null;
  if (tool !== null) {
    const pieces = await tokenizer.split(JSON.stringify(madeUpValue(tool.parameters)));
    const nameTokens = await tokenizer.count([tool.name]);
    return { pieces, toolName: tool.name, finish: 'tool_calls', completionTokens: tokensOf(pieces) + nameTokens };
  }
  return textReply(await whatToSay(body, behaviour, tokenizer), body.max_completion_tokens ?? body.max_tokens ?? null);
}

async function whatToSay(body: ChatBody, behaviour: Behaviour, tokenizer: Tokenizer): Promise<readonly Piece[]> {
  const prompt = promptOf(body);
  const format = body.response_format;
  if (format?.type === 'json_schema') return tokenizer.split(JSON.stringify(madeUpValue(schemaIn(format.json_schema))));
  if (format?.type === 'json_object') return tokenizer.split('{"sandbox":true}');
  if (behaviour.echo) return tokenizer.split(withoutDirectives(prompt));
  return cannedPieces(prompt, attachmentsOf(body), behaviour.tokens);
}

/** Applies the caller's limit; a piece may be several tokens, so an echo can end a little before it. */
function textReply(said: readonly Piece[], limit: number | null): ChatReply {
  const whole = tokensOf(said);
  if (limit === null || whole <= limit)
    return { pieces: said, toolName: null, finish: 'stop', completionTokens: whole };
  const pieces: Piece[] = [];
  let tokens = 0;
  for (const next of said) {
    if (tokens + next.tokens > limit) break;
    pieces.push(next);
    tokens += next.tokens;
  }
  return {
    pieces: pieces.length > 0 ? pieces : [piece('', 0)],
    toolName: null,
    finish: 'length',
    completionTokens: tokens,
  };
}

/** The tool that `tool_choice` names, else the first; none once a tool has answered. */
function toolToCall(body: ChatBody): { name: string; parameters: unknown } | null {
  if (body.messages.at(-1)?.role === 'tool' || body.tool_choice === 'none') return null;
  const chosen = nameIn(body.tool_choice);
  const tool = body.tools?.find((offered) => chosen === null || offered.function.name === chosen);
  return tool === undefined ? null : { name: tool.function.name, parameters: tool.function.parameters };
}

function nameIn(choice: unknown): string | null {
  if (typeof choice !== 'object' || choice === null || !('function' in choice)) return null;
  const named = choice.function;
  if (typeof named !== 'object' || named === null || !('name' in named)) return null;
  return typeof named.name === 'string' ? named.name : null;
}

const schemaIn = (format: unknown): unknown =>
  typeof format === 'object' && format !== null && 'schema' in format ? format.schema : {};

/** OpenAI's published sum: 3 tokens around each message, 1 for its role, its text, and 3 that begin the answer. */
export function promptTokens(body: ChatBody, tokenizer: Tokenizer): number | Promise<number> {
  const attachments = attachmentsOf(body);
  const fixed =
    3 + body.messages.length * 4 + IMAGE_TOKENS * (attachments.images + attachments.sounds + attachments.files);
  const counted = tokenizer.count(body.messages.map(textOfMessage));
  return typeof counted === 'number' ? counted + fixed : counted.then((tokens) => tokens + fixed);
}

/** What OpenAI takes for an image at low detail; we count every attachment so. */
const IMAGE_TOKENS = 85;
