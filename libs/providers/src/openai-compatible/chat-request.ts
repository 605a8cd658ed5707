import type { ChatBody } from '@lumenfall/contracts';

/** The client's body for the provider: its model id, always streamed, always with usage; all else as it came. */
export function chatRequest(body: ChatBody, model: string): Record<string, unknown> {
  return { ...body, model, stream: true, stream_options: { ...body.stream_options, include_usage: true } };
}
