import { withToolCalls } from '../chat/function-calls.js';
import { type ChatMessage, type MessagePart, partsOf, textOfMessage } from '../chat/message-parts.js';
import { readReasoningDetails, type ReasoningEncrypted } from '../chat/reasoning.js';
import { callIdOf, type MadeCall, readToolCalls } from '../chat/tools.js';
import { parseJson, readDataUri } from '../http/index.js';
import { isRecord, textOf } from '../json/fields.js';
import type { SentFiles } from './sent-files.js';

type Part = Record<string, unknown>;
interface Content {
  role: 'user' | 'model';
  parts: Part[];
}

/**
 * Google's value for a call that another model made, or whose signature the client has lost: Gemini 3 refuses a turn
 * whose first call has no signature.
 */
const FOREIGN_SIGNATURE = 'skip_thought_signature_validator';

/**
 * The conversation in Gemini's form: the instructions, and turns of user and model. `contents` is empty if all messages
 * are blank.
 */
export function geminiContents(
  given: readonly ChatMessage[],
  model: string,
  files: SentFiles,
): { systemInstruction: { parts: Part[] } | null; contents: Content[] } {
  const messages = withToolCalls(given);
  const system: Part[] = [];
  const contents: Content[] = [];
  const names = new Map(messages.flatMap(readToolCalls).map(({ id, name }) => [id, name]));
  const signed = !/gemini-[12](?:[.-]|$)/.test(model);
  for (const message of messages) {
    if (message.role === 'system' || message.role === 'developer') {
      const text = textOfMessage(message);
      if (text !== '') system.push({ text });
      continue;
    }
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = turnParts(message, files, names, signed);
    if (parts.length === 0) continue;
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  // Gemini refuses a conversation of instructions alone: they become the user's turn.
  if (contents.length === 0 && system.length > 0) {
    return { systemInstruction: null, contents: [{ role: 'user', parts: system }] };
  }
  return { systemInstruction: system.length > 0 ? { parts: system } : null, contents };
}

function turnParts(
  message: ChatMessage,
  files: SentFiles,
  names: ReadonlyMap<string, string>,
  signed: boolean,
): Part[] {
  switch (message.role) {
    case 'assistant':
      return assistantParts(message, files, signed);
    case 'tool':
    case 'function':
      return resultParts(message, files, names);
    default:
      return partsOf(message).map((part) => partOf(part, files));
  }
}

function assistantParts(message: ChatMessage, files: SentFiles, signed: boolean): Part[] {
  const signatures = readReasoningDetails(message, 'google-gemini-v1').filter(
    (detail): detail is ReasoningEncrypted => detail.type === 'reasoning.encrypted',
  );
  const calls = readToolCalls(message);
  const texts = partsOf(message).map((part) => partOf(part, files));
  // A signature without the id of a call belongs to the text before it.
  const ofText = signatures.find(({ id }) => id === null || !calls.some((call) => call.id === id));
  const lastText = texts.at(-1);
  if (ofText !== undefined && lastText !== undefined) lastText['thoughtSignature'] = ofText.data;
  const made = calls.map((call): Part => {
    const signature = signatures.find(({ id }) => id === call.id)?.data ?? signatureBeside(call);
    return {
      functionCall: { id: call.id, name: call.name, args: call.input },
      ...(signature === null ? {} : { thoughtSignature: signature }),
    };
  });
  const [first] = made;
  if (signed && first !== undefined && made.every((part) => part['thoughtSignature'] === undefined)) {
    first['thoughtSignature'] = FOREIGN_SIGNATURE;
  }
  return [...texts, ...made];
}

/** The signature at the place where Google's own OpenAI endpoint puts it; null if there is none. */
function signatureBeside({ call }: MadeCall): string | null {
  const extra = isRecord(call['extra_content']) ? call['extra_content'] : {};
  return isRecord(extra['google']) ? textOf(extra['google']['thought_signature']) : null;
}

/** The result of a call, with the name of its function; files in it follow as separate parts. */
function resultParts(message: ChatMessage, files: SentFiles, names: ReadonlyMap<string, string>): Part[] {
  const id = callIdOf(message);
  const text = textOfMessage(message);
  const value = parseJson(text);
  const response = isRecord(value) ? value : { result: value ?? text };
  const attached = partsOf(message).filter(({ kind }) => kind !== 'text');
  return [
    { functionResponse: { id, name: names.get(id) ?? textOf(message['name']) ?? id, response } },
    ...attached.map((part) => partOf(part, files)),
  ];
}

function partOf(part: MessagePart, files: SentFiles): Part {
  switch (part.kind) {
    case 'text':
      return { text: part.text };
    case 'image':
    case 'file':
      return fileOf(part.url, files);
    case 'audio':
      return { inlineData: { mimeType: `audio/${part.format}`, data: part.data } };
    case 'other':
      return part.part;
  }
}

function fileOf(url: string, files: SentFiles): Part {
  const inline = readDataUri(url) ?? files.get(url) ?? null;
  // Google fetches the URLs that were not fetched here.
  return inline === null ? { fileData: { fileUri: url } } : { inlineData: inline };
}
