import { fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import type { ChatAnswer, ChatIdentity } from './chat-answer.js';
import { ChatFold } from './fold-chunks.js';

/** Why there is no answer: the error to tell, and where it happened. */
export interface ChatFailure {
  error: ApiError;
  executedModel: string | null;
}

/** Waits for the end and gathers what comes until then. Null: the client left. */
export async function wholeChat(
  answer: AwaitedAnswer,
  identity: ChatIdentity,
): Promise<Result<ChatAnswer, ChatFailure> | null> {
  const fold = new ChatFold();
  for (;;) {
    const event = await answer.next();
    if (event.type === 'silence') continue;
    if (event.type === 'cancelled') return null;
    if (event.type === 'lost') return fail({ error: event.error, executedModel: null });
    if (event.restarted) fold.reset();
    for (const part of event.parts) {
      if (part.type === 'chunk') fold.add(part.chunk);
      else if (part.type === 'chat-end') return succeed(fold.answer(identity, part.usage, part.metadata));
      else if (part.type === 'error') return fail({ error: part.error, executedModel: part.executedModel });
    }
  }
}
