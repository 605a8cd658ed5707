import type { ChatBody } from '@lumenfall/contracts';
import { readDataUri } from '../http/index.js';
import { isRecord, textOf } from '../json/fields.js';

export type ChatMessage = ChatBody['messages'][number];

/** One part of a message's content; `cache` is its `cache_control`, undefined if it has none. */
export type MessagePart = { cache: unknown } & (
  | { kind: 'text'; text: string }
  | { kind: 'image'; url: string }
  | { kind: 'file'; url: string; name: string | null }
  /** `data` is base64; `format` a short name such as `wav`. */
  | { kind: 'audio'; data: string; format: string }
  /** A part that we do not know goes on unchanged: the provider accepts or refuses it. */
  | { kind: 'other'; part: Record<string, unknown> }
);

/** A message's content as parts. Blank texts are left out: Anthropic and Gemini refuse them. */
export function partsOf({ content }: ChatMessage): MessagePart[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') {
    return content.trim() === '' ? [] : [{ kind: 'text', text: content, cache: undefined }];
  }
  return content.map(readPart).filter((part) => part.kind !== 'text' || part.text.trim() !== '');
}

/** The texts of a message's content, one per line. */
export const textOfMessage = (message: ChatMessage): string =>
  partsOf(message)
    .flatMap((part) => (part.kind === 'text' ? [part.text] : []))
    .join('\n');

/** The failure for a conversation of which nothing is left to send. */
export const BLANK_CONVERSATION = 'messages: every message is blank; at least one needs content';

function readPart(part: Record<string, unknown>): MessagePart {
  const cache = part['cache_control'];
  switch (part['type']) {
    case 'text':
      return { kind: 'text', text: String(part['text'] ?? ''), cache };
    case 'refusal':
      return { kind: 'text', text: String(part['refusal'] ?? ''), cache };
    case 'image_url': {
      const image = part['image_url'];
      const url = typeof image === 'string' ? image : isRecord(image) ? textOf(image['url']) : null;
      return url === null ? { kind: 'other', part, cache } : { kind: 'image', url: url.trim(), cache };
    }
    case 'file': {
      const file = isRecord(part['file']) ? part['file'] : {};
      const url = textOf(file['file_data']) ?? textOf(file['file_url']);
      return url === null
        ? { kind: 'other', part, cache }
        : { kind: 'file', url: url.trim(), name: textOf(file['filename']), cache };
    }
    case 'input_audio': {
      const audio = isRecord(part['input_audio']) ? part['input_audio'] : {};
      const data = textOf(audio['data']);
      if (data === null) return { kind: 'other', part, cache };
      const inline = readDataUri(data);
      return { kind: 'audio', data: inline?.data ?? data, format: textOf(audio['format']) ?? 'wav', cache };
    }
    default:
      return { kind: 'other', part, cache };
  }
}
