import type { ChatChunk, PlannedOffering } from '@lumenfall/contracts';
import { boundRun, HandedBack, recordDurably, ReplyStream } from '@lumenfall/execution';
import { usageRecordOf } from '@lumenfall/metering';
import type { ReplyOutbox, RunContext, UsageAppender } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { chatOutcome, outcomeOfUnstartedChat, type ChatOutcome } from './chat-outcome.js';
import { JoinedText } from './joined-text.js';
import { runChatRoute, type ChatJob, type ChatRoutePorts } from './chat-route.js';

export interface ChatPorts extends ChatRoutePorts {
  usage: UsageAppender;
  outbox: ReplyOutbox;
  log: Logger;
}

/** Gathers the chunks of one read of the provider's socket; too short to be noticed. */
const STREAM_WINDOW_MS = 2;
/** A client that waits for the whole answer needs few messages. */
const WHOLE_WINDOW_MS = 250;

/**
 * One run of a chat: sends parts as they arrive, then records the usage, then sends the last part. Rejects if the run
 * is handed back, or if the record could not be made durable; the last part is not sent then.
 */
export async function completeChat(
  job: ChatJob,
  context: RunContext,
  { usage, outbox, log, ...route }: ChatPorts,
): Promise<void> {
  const { requestContext, deadline, replyTo } = job;
  const { requestId } = requestContext;
  const bound = boundRun(context.signal, deadline);
  const streams = job.body.stream === true;
  const onRetry = (error: unknown): void =>
    log.warn({ err: error, requestId }, 'sending to the queue failed; retrying');
  const reply = new ReplyStream({
    requestId,
    run: context.run,
    send: (message) => outbox.send(replyTo, message),
    eager: streams,
    windowMs: streams ? STREAM_WINDOW_MS : WHOLE_WINDOW_MS,
    until: deadline,
    onRetry,
  });
  try {
    const { work, part } = await run(job, bound, route, reply);
    await recordDurably(usage, usageRecordOf(requestContext, work, Date.now()), { until: deadline, onRetry });
    if (!(await reply.end(part)))
      log.warn({ requestId }, 'the chat is recorded, but its last part did not reach the gateway');
  } finally {
    bound.release();
    reply.drop();
  }
}

async function run(
  job: ChatJob,
  bound: ReturnType<typeof boundRun>,
  ports: ChatRoutePorts,
  reply: ReplyStream,
): Promise<ChatOutcome> {
  const unstarted = Date.now() >= job.deadline ? 'timed-out' : bound.abortReason();
  if (unstarted === 'handed-back') throw new HandedBack();
  if (unstarted !== null) return outcomeOfUnstartedChat(unstarted);
  const whole = job.body.stream === true ? null : new JoinedText((chunk) => reply.push({ type: 'chunk', chunk }));
  let named = false;
  const onChunk = (chunk: ChatChunk, { provider }: PlannedOffering): void => {
    if (whole !== null) return whole.add(chunk);
    reply.push({ type: 'chunk', chunk, ...(!named && { provider }) });
    named = true;
  };
  const result = await runChatRoute(job, { ...ports, signal: bound.signal, onChunk });
  whole?.flush();
  const abortReason = result.failure === null ? null : bound.abortReason();
  if (abortReason === 'handed-back') throw new HandedBack();
  return chatOutcome(job, result, abortReason);
}
