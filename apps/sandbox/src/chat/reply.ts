import type { Behaviour } from '../directives/behaviour.js';
import { withoutDirectives } from '../directives/parse-directives.js';
import { cannedPieces, piece, tokensOf, type Piece } from '../tokens/canned-text.js';
import type { Tokenizer } from '../tokens/tokenizer.js';
import { attachmentsOf, promptOf, textOfMessage, type ChatBody } from './body.js';

/** What the model answers, before a protocol gives it its form. */
export interface ChatReply {
  pieces: readonly Piece[];
  /** Set when `pieces` are the arguments of a call of this tool. */
  toolName: string | null;
  finish: 'stop' | 'length' | 'tool_calls';
  completionTokens: number;
}

/** Decides what to answer. Only tool calls, JSON and echoes need the tokenizer; canned text has known counts. */
export async function replyTo(body: ChatBody, behaviour: Behaviour, tokenizer: Tokenizer): Promise<ChatReply> {
  if (behaviour.empty) return { pieces: [], toolName: null, finish: 'stop', completionTokens: 0 };
  const tool = behaviour.tool ? toolToCall(body) : null;
  if (tool !== null) {
    const pieces = await tokenizer.split(JSON.stringify(madeUpValue(tool.parameters)));
    const nameTokens = await tokenizer.count([tool.name]);
    return { pieces, toolName: tool.name, finish: 'tool_calls', completionTokens: tokensOf(pieces) + nameTokens };
  }
  return textReply(await answerText(body, behaviour, tokenizer), body.max_completion_tokens ?? body.max_tokens ?? null);
}

async function answerText(body: ChatBody, behaviour: Behaviour, tokenizer: Tokenizer): Promise<readonly Piece[]> {
  const prompt = promptOf(body);
  const format = body.response_format;
  if (format?.type === 'json_schema') return tokenizer.split(JSON.stringify(madeUpValue(schemaIn(format.json_schema))));
  if (format?.type === 'json_object') return tokenizer.split('{"sandbox":true}');
  if (behaviour.echo) return tokenizer.split(withoutDirectives(prompt));
  return cannedPieces(prompt, attachmentsOf(body), behaviour.tokens);
}

/** Applies the caller's limit; a piece may be several tokens, so an echo can end a little before it. */
function textReply(said: readonly Piece[], limit: number | null): ChatReply {
  let tokens = 0;
  const pieces: Piece[] = [];
  for (const next of said) {
    if (limit !== null && tokens + next.tokens > limit) break;
    pieces.push(next);
    tokens += next.tokens;
  }
  if (pieces.length === said.length) return { pieces, toolName: null, finish: 'stop', completionTokens: tokens };
  if (pieces.length === 0) pieces.push(piece('', 0));
  return { pieces, toolName: null, finish: 'length', completionTokens: tokens };
}

/** The tool that `tool_choice` names, else the first; null once a tool has answered. */
function toolToCall(body: ChatBody): { name: string; parameters: unknown } | null {
  if (body.messages.at(-1)?.role === 'tool' || body.tool_choice === 'none') return null;
  const chosen = nameIn(body.tool_choice);
  const tool = body.tools?.find((offered) => chosen === null || offered.function.name === chosen);
  return tool === undefined ? null : { name: tool.function.name, parameters: tool.function.parameters };
}

function nameIn(choice: unknown): string | null {
  const named = isRecord(choice) ? choice['function'] : undefined;
  return isRecord(named) && typeof named['name'] === 'string' ? named['name'] : null;
}

const schemaIn = (format: unknown): unknown => (isRecord(format) && 'schema' in format ? format['schema'] : {});

/** What OpenAI counts for an image at low detail; every attachment counts so here. */
const ATTACHMENT_TOKENS = 85;

/** OpenAI's published sum: 3 tokens around each message, 1 for its role, its text, and 3 that begin the answer. */
export async function promptTokens(body: ChatBody, tokenizer: Tokenizer): Promise<number> {
  const { images, sounds, files } = attachmentsOf(body);
  const fixed = 3 + body.messages.length * 4 + ATTACHMENT_TOKENS * (images + sounds + files);
  return fixed + (await tokenizer.count(body.messages.map(textOfMessage)));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DEEPEST = 8;

/** A value that fits a JSON schema: plain, and the same every time. */
export function madeUpValue(schema: unknown, depth = 0): unknown {
  if (!isRecord(schema) || depth > DEEPEST) return 'sandbox';
  if ('const' in schema) return schema.const;
  if ('default' in schema) return schema.default;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0];
  for (const choice of [schema.anyOf, schema.oneOf]) {
    if (Array.isArray(choice) && choice.length > 0) return madeUpValue(choice[0], depth + 1);
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return [madeUpValue(schema.items, depth + 1)];
    case 'string':
      return 'sandbox';
    default:
      return madeUpObject(schema, depth);
  }
}

/** The required properties; all of them if the schema does not say which are required. */
function madeUpObject(schema: Record<string, unknown>, depth: number): Record<string, unknown> {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const names = Array.isArray(schema.required)
    ? schema.required.filter((name) => typeof name === 'string')
    : Object.keys(properties);
  return Object.fromEntries(names.map((name) => [name, madeUpValue(properties[name], depth + 1)]));
}
