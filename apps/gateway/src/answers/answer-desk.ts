import { apiError, fail, succeed, JOBS, type JobName, type JobPayload, type Result } from '@lumenfall/contracts';
import type { JobProducer, ReplyInbox } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { AwaitedAnswer } from './awaited-answer.js';

/** Jobs that somebody waits for. */
export type AnsweredJobName = Extract<JobName, 'chat.complete' | 'image.generate'>;

/** A stream is silent for at most this long; after it the queue is also asked whether the work still exists. */
export const SILENCE_MS = 15_000;

/** Queues work that a client waits for, and gives the wait back. */
export class AnswerDesk {
  readonly #waiting = new Set<AwaitedAnswer>();

  constructor(
    private readonly inbox: ReplyInbox,
    private readonly producer: JobProducer,
    private readonly log: Logger,
    private readonly silenceMs = SILENCE_MS,
  ) {}

  /** Unix ms at which nobody waits for a job that starts now. */
  deadlineOf(name: AnsweredJobName): number {
    return Date.now() + JOBS[name].timeoutMs;
  }

  /**
   * The job's id is the request's. Errors: `OVERLOADED` where the queue does not take it.
   *
   * @param outlivesWait the work goes on when this process has to leave
   */
  async begin<N extends AnsweredJobName>(
    name: N,
    payload: Omit<JobPayload<N>, 'replyTo'>,
    { outlivesWait = false }: { outlivesWait?: boolean } = {},
  ): Promise<Result<AwaitedAnswer>> {
    const { requestContext, deadline } = payload;
    // Listening before queueing: the first part may come back before `enqueue` has returned.
    const answer: AwaitedAnswer = new AwaitedAnswer(this.inbox, this.producer, {
      requestId: requestContext.requestId,
      queue: JOBS[name].queue,
      deadline,
      silenceMs: this.silenceMs,
      outlivesWait,
      onClose: () => this.#waiting.delete(answer),
    });
    this.#waiting.add(answer);
    try {
      const addressed = { ...payload, replyTo: this.inbox.address } as JobPayload<N>;
      await this.producer.enqueue(name, addressed, {
        id: requestContext.requestId,
        sizeBytes: requestContext.requestSizeBytes ?? 0,
      });
      return succeed(answer);
    } catch (error) {
      // It may have been queued all the same: a cancel stops that job before it costs anything.
      answer.cancel().catch(() => undefined);
      this.log.error({ err: error, requestId: requestContext.requestId }, 'work could not be queued');
      return fail(apiError('OVERLOADED', 'Work cannot be queued right now. Please try again', { retryAfterMs: 2_000 }));
    }
  }

  /** Ends every wait, for a process that has to leave: its clients are told to ask again. */
  giveUpAll(): void {
    const leaving = apiError('OVERLOADED', 'The server is restarting. Please send the request again', {
      retryAfterMs: 1_000,
    });
    for (const answer of [...this.#waiting]) answer.giveUp(leaving);
  }
}
