import type { ChatBody } from '@lumenfall/contracts';
import type { ChatMessage } from '../chat/message-parts.js';
import { readDataUri } from '../http/index.js';
import { isRecord, textOf } from '../json/fields.js';

/**
 * The client's body with the provider's model id, always streamed and always with usage. Files inside it are
 * normalised; everything else is unchanged.
 *
 * @param instructions the role of instructions: only OpenAI knows `developer`, the templates of others refuse or ignore
 *   it
 */
export function chatRequest(
  body: ChatBody,
  model: string,
  instructions: 'developer' | 'system',
): Record<string, unknown> {
  const messages = body.messages.map((message) => ({
    ...message,
    ...(message.role === 'developer' ? { role: instructions } : {}),
    ...(Array.isArray(message.content) ? { content: message.content.map(withPlainFiles) } : {}),
  }));
  return {
    ...body,
    messages,
    model,
    stream: true,
    stream_options: { ...body.stream_options, include_usage: true },
  };
}

type Part = Exclude<ChatMessage['content'], string | null | undefined>[number];

/** Data URIs without line breaks and blanks, and with the media type that their bytes show. */
function withPlainFiles(part: Part): Part {
  const { image_url: image, file, input_audio: audio } = part;
  if (part.type === 'image_url' && typeof image === 'string') return { ...part, image_url: plainUri(image) };
  if (part.type === 'image_url' && isRecord(image)) {
    return typeof image['url'] === 'string' ? { ...part, image_url: { ...image, url: plainUri(image['url']) } } : part;
  }
  if (part.type === 'file' && isRecord(file)) {
    const data = textOf(file['file_data']);
    return data === null ? part : { ...part, file: { ...file, file_data: plainUri(data) } };
  }
  if (part.type === 'input_audio' && isRecord(audio)) {
    const inline = readDataUri(textOf(audio['data']) ?? '');
    return inline === null ? part : { ...part, input_audio: { ...audio, data: inline.data } };
  }
  return part;
}

function plainUri(url: string): string {
  const inline = readDataUri(url);
  return inline === null ? url.trim() : `data:${inline.mimeType};base64,${inline.data}`;
}
