import type { ChatChunk, ChatUsage } from '@lumenfall/contracts';
import { failure } from '../http/index.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import type { FinishReason } from './finish-reasons.js';

export type ChunkChoice = ChatChunk['choices'][number];
export type Delta = ChunkChoice['delta'];
export type ToolCallDelta = NonNullable<Delta['tool_calls']>[number];

/** Values for the fields that every chunk must have, used if the provider leaves them out. */
export interface ChunkDefaults {
  id: string;
  created: number;
  model: string;
}

/** One piece of an answer in our form, before the gate decides whether and when it leaves. */
export interface ReadChunk {
  /** Without `usage`, which travels once, with the end. Null if the piece held nothing else. */
  chunk: ChatChunk | null;
  usage: ChatUsage | null;
  /**
   * Whether it holds something to show or to act on: text, reasoning, a tool call, audio; a bare role is not enough.
   */
  hasContent: boolean;
  /** The choices that ended with this piece. */
  finished: { index: number; reason: FinishReason }[];
}

/** What one choice of the answer has delivered so far. */
interface ChoiceProgress {
  finished: FinishReason | null;
  /** Whether arguments were delivered, by the index of the tool call. */
  calls: Map<number, boolean>;
  /** The one call of the older `function_call` form; null if there was none. */
  functionCall: { hasArguments: boolean } | null;
}

/**
 * Decides which chunks of an answer leave, and when. Chunks before the first content (a bare role) are held back, so
 * that another provider can still answer if this one fails or returns nothing. Emits one `end` or one `failure`, then
 * nothing.
 *
 * An answer is whole if every choice that began has its finish reason, however the connection ended.
 */
export class AnswerGate {
  #held: ChatChunk[] = [];
  #begun = false;
  #usage: ChatUsage | null = null;
  #over = false;
  #last: ChatChunk | null = null;
  readonly #choices = new Map<number, ChoiceProgress>();

  /** @param requested the number of choices that the client asked for */
  constructor(private readonly requested: number) {}

  /** True after an `end` or a `failure`. */
  get over(): boolean {
    return this.#over;
  }

  take(read: ReadChunk): ChatEvent[] {
    if (this.#over) return [];
    this.#usage = read.usage ?? this.#usage;
    for (const { index, reason } of read.finished) this.#choiceAt(index).finished = reason;
    if (read.chunk === null) return [];
    this.#last = read.chunk;
    for (const choice of read.chunk.choices) this.#follow(choice);
    this.#held.push(read.chunk);
    if (!this.#begun && !read.hasContent) return [];
    this.#begun = true;
    return this.#flush();
  }

  /** The provider marked the end of the answer. */
  end(): ChatEvent[] {
    if (this.#over) return [];
    const reasons = [...this.#choices.values()].map(({ finished }) => finished);
    // An answer that the token limit cut before its first word was delivered as requested, and is charged by the
    // provider.
    if (this.#begun || reasons.includes('length')) {
      this.#over = true;
      return [...this.#flush(), ...this.#missingReasons(), { type: 'end', usage: this.#usage }];
    }
    if (reasons.includes('content_filter')) return this.#fail(failure('moderation', null));
    return this.#fail(failure('empty', 'The provider returned an empty answer'));
  }

  /**
   * The connection ended.
   *
   * @param broke how it broke; null if the provider closed it in order, which also ends an answer with fewer choices
   *   than were requested
   */
  close(broke: ProviderFailure | null): ChatEvent[] {
    if (this.#over) return [];
    if (this.#isWhole() && (broke === null || this.#choices.size >= this.requested)) return this.end();
    return this.#fail(broke ?? failure('transient', 'stream broke: the provider closed it before the end'));
  }

  /**
   * The provider reported an error, or sent something that cannot be read. An answer that was whole before it stays so.
   */
  fail(reason: ProviderFailure): ChatEvent[] {
    if (this.#over) return [];
    return this.#begun && this.#isWhole() && this.#choices.size >= this.requested ? this.end() : this.#fail(reason);
  }

  #fail(reason: ProviderFailure): ChatEvent[] {
    this.#over = true;
    this.#held = [];
    // Without a delivered chunk the attempt costs nothing, so its usage is not reported.
    const usage = this.#begun ? this.#usage : null;
    return [{ type: 'failure', failure: reason, ...(usage && { usage }) }];
  }

  #isWhole(): boolean {
    return this.#choices.size > 0 && [...this.#choices.values()].every(({ finished }) => finished !== null);
  }

  #choiceAt(index: number): ChoiceProgress {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      this.#choices.set(index, (choice = { finished: null, calls: new Map(), functionCall: null }));
    }
    return choice;
  }

  #follow(choice: ChunkChoice): void {
    const progress = this.#choiceAt(choice.index);
    const { delta } = choice;
    for (const { index = 0, function: named } of delta.tool_calls ?? []) {
      progress.calls.set(index, progress.calls.get(index) === true || isText(named?.arguments));
    }
    const called = delta['function_call'];
    if (isFunctionCall(called)) {
      progress.functionCall = {
        hasArguments: progress.functionCall?.hasArguments === true || isText(called.arguments),
      };
    }
    if (choice.finish_reason) completeCalls(delta, progress);
  }

  /** Some servers end without a `finish_reason`; some clients refuse an answer without one. */
  #missingReasons(): ChatEvent[] {
    const unfinished = [...this.#choices].filter(([, { finished }]) => finished === null);
    if (this.#last === null || unfinished.length === 0) return [];
    const { id, object, created, model } = this.#last;
    const choices = unfinished.map(([index, progress]): ChunkChoice => {
      const delta: Delta = {};
      completeCalls(delta, progress);
      return { index, delta, finish_reason: reasonFor(progress) };
    });
    return [{ type: 'chunk', chunk: { id, object, created, model, choices } }];
  }

  #flush(): ChatEvent[] {
    const events = this.#held.map((chunk): ChatEvent => ({ type: 'chunk', chunk }));
    this.#held = [];
    return events;
  }
}

/** The reason of a choice that ended without saying why. */
function reasonFor({ calls, functionCall }: ChoiceProgress): FinishReason {
  if (calls.size > 0) return 'tool_calls';
  return functionCall === null ? 'stop' : 'function_call';
}

/** Clients parse the arguments of every call as JSON: a call that was given none gets `{}` when its choice ends. */
function completeCalls(delta: Delta, { calls, functionCall }: ChoiceProgress): void {
  const bare = [...calls].filter(([, hasArguments]) => !hasArguments).map(([index]) => index);
  const added: ToolCallDelta[] = [];
  for (const index of bare) {
    calls.set(index, true);
    const own = delta.tool_calls?.findLast((call) => (call.index ?? 0) === index);
    if (own) own.function = { ...own.function, arguments: NO_ARGUMENTS };
    else added.push({ index, function: { arguments: NO_ARGUMENTS } });
  }
  if (added.length > 0) delta.tool_calls = [...(delta.tool_calls ?? []), ...added];
  if (functionCall === null || functionCall.hasArguments) return;
  functionCall.hasArguments = true;
  const own = delta['function_call'];
  delta['function_call'] = { ...(isFunctionCall(own) ? own : {}), arguments: NO_ARGUMENTS };
}

const NO_ARGUMENTS = '{}';

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isFunctionCall = (value: unknown): value is { name?: unknown; arguments?: unknown } =>
  typeof value === 'object' && value !== null;
