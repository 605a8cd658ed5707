import { apiError, fail, succeed, JOBS, type JobName, type JobPayload, type Result } from '@lumenfall/contracts';
import type { JobProducer, ReplyInbox } from '@lumenfall/queue';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { INBOX, PRODUCER } from '../tokens.js';
import { AwaitedAnswer } from './awaited-answer.js';

/** Jobs whose answer a client waits for. */
export type AwaitedJobName = Extract<JobName, 'chat.complete' | 'image.generate'>;

/** The longest silence of a stream, in ms. After it, the gateway also asks the queue whether the job still exists. */
export const SILENCE_MS = 15_000;

/** Enqueues jobs whose answer a client waits for, and keeps track of the waits. */
@Injectable()
export class AwaitedJobs {
  readonly #waiting = new Set<AwaitedAnswer>();

  constructor(
    @Inject(INBOX) private readonly inbox: ReplyInbox,
    @Inject(PRODUCER) private readonly producer: JobProducer,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** The deadline of a job that starts now, Unix ms. */
  deadlineOf(name: AwaitedJobName): number {
    return Date.now() + JOBS[name].timeoutMs;
  }

  /**
   * Enqueues a job under the request's id. Errors: `OVERLOADED` if the queue does not accept it.
   *
   * @param request the request whose limits count the answer
   * @param outlivesWait the job continues when this process closes
   */
  async start<N extends AwaitedJobName>(
    name: N,
    payload: Omit<JobPayload<N>, 'replyTo'>,
    request: Pick<FastifyRequest, 'limits'>,
    { outlivesWait = false }: { outlivesWait?: boolean } = {},
  ): Promise<Result<AwaitedAnswer>> {
    const { requestContext, deadline } = payload;
    // Listens before it enqueues: the first part may arrive before `enqueue` returns.
    const answer: AwaitedAnswer = new AwaitedAnswer(this.inbox, this.producer, {
      requestId: requestContext.requestId,
      queue: JOBS[name].queue,
      deadline,
      silenceMs: SILENCE_MS,
      outlivesWait,
      onLast: (part) => request.limits?.correct(part),
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
      // The job may be enqueued nevertheless: cancelling stops it before it costs anything.
      answer.cancel().catch(() => undefined);
      this.log.error({ err: error, requestId: requestContext.requestId }, 'a job could not be enqueued');
      return fail(
        apiError('OVERLOADED', 'The request cannot be queued at the moment. Send it again in a few seconds', {
          retryAfterMs: 2_000,
        }),
      );
    }
  }

  /** Ends every wait with an error that asks the client to send its request again, when this process closes. */
  abandonAll(): void {
    const restarting = apiError('OVERLOADED', 'The server is restarting. Send the request again', {
      retryAfterMs: 1_000,
    });
    for (const answer of [...this.#waiting]) answer.abandon(restarting);
  }
}

/** Calls `onLeave` once if the client closes its connection before the response is complete. */
export function onDeparture(reply: FastifyReply, onLeave: () => void): void {
  const { raw } = reply;
  if (raw.destroyed) {
    onLeave();
    return;
  }
  raw.once('close', () => {
    if (!raw.writableFinished) onLeave();
  });
}

/** Aborted if the client closes its connection before the response is complete. */
export function departureOf(reply: FastifyReply): AbortSignal {
  const departure = new AbortController();
  onDeparture(reply, () => departure.abort());
  return departure.signal;
}
