import { errorEnvelope, type ErrorEnvelope } from '@lumenfall/contracts';
import type { AnswerEvent, AwaitedAnswer } from '../answers/awaited-answer.js';
import type { ChatAnswer, ChatIdentity } from './chat-events.js';
import { ChatFold } from './fold-chunks.js';

/** Passes the events of a chat on and folds them, for an organization that keeps its bodies. */
export class KeptAnswer implements Pick<AwaitedAnswer, 'next'> {
  readonly #fold = new ChatFold();
  #body: ChatAnswer | ErrorEnvelope | null = null;

  constructor(
    private readonly answer: Pick<AwaitedAnswer, 'next'>,
    private readonly identity: ChatIdentity,
  ) {}

  async next(): Promise<AnswerEvent> {
    const event = await this.answer.next();
    if (event.type === 'lost') this.#body = errorEnvelope(event.error);
    if (event.type !== 'parts') return event;
    if (event.restarted) this.#fold.reset();
    for (const part of event.parts) {
      if (part.type === 'chunk') this.#fold.add(part.chunk);
      if (part.type === 'chat-end') this.#body = this.#fold.answer(this.identity, part.usage, part.metadata);
      if (part.type === 'error') this.#body = errorEnvelope(part.error);
    }
    return event;
  }

  /** The answer, its error, or the choices that arrived before the client left. */
  body(): object {
    const choices = this.#fold.choices();
    return { ...(choices.length > 0 && { ...this.identity, object: 'chat.completion', choices }), ...this.#body };
  }
}
