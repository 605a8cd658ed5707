import type { ChatChunk, PlannedOffering } from '@lumenfall/contracts';
import { boundRun, HandedBack, recordDurably, ReplyStream, type UsageSender } from '@lumenfall/execution';
import { usageRecordOf } from '@lumenfall/metering';
import type { ReplyOutbox, RunContext } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { endOfChat, endOfUnstartedChat, type EndOfChat } from './end-of-chat.js';
import { JoinedText } from './joined-text.js';
import { runChatRoute, type ChatJob, type ChatRoutePorts } from './run-chat-route.js';

export interface ChatPorts extends ChatRoutePorts {
  usage: UsageSender;
  outbox: ReplyOutbox;
  log: Logger;
}

/** Long enough to gather what one read of a provider's socket brought, too short to be seen. */
const STREAM_WINDOW_MS = 2;
/** A client that waits for the whole answer is served best by few messages. */
const WHOLE_WINDOW_MS = 250;

/**
 * One run of a chat: parts out while they come, then the record, then the last part. Rejects where the run is handed back,
 * and where the record could not be made: then the client has not been told that it has everything.
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
    log.warn({ err: error, requestId }, 'the queue did not take a message of a chat');
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
    const { work, part } = await carryOut(job, bound, route, reply);
    await recordDurably(usage, usageRecordOf(requestContext, work, Date.now()), { until: deadline, onRetry });
    if (!(await reply.end(part))) log.warn({ requestId }, 'a chat is recorded, but its end did not reach the gateway');
  } finally {
    bound.release();
    reply.drop();
  }
}

async function carryOut(
  job: ChatJob,
  bound: ReturnType<typeof boundRun>,
  ports: ChatRoutePorts,
  reply: ReplyStream,
): Promise<EndOfChat> {
  const tooLate = Date.now() >= job.deadline ? 'timed-out' : bound.stopped();
  if (tooLate === 'handed-back') throw new HandedBack();
  if (tooLate !== null) return endOfUnstartedChat(tooLate);
  const whole = job.body.stream === true ? null : new JoinedText((chunk) => reply.push({ type: 'chunk', chunk }));
  let named = false;
  const onChunk = (chunk: ChatChunk, { provider }: PlannedOffering): void => {
    if (whole !== null) return whole.add(chunk);
    reply.push({ type: 'chunk', chunk, ...(!named && { provider }) });
    named = true;
  };
  const end = await runChatRoute(job, { ...ports, signal: bound.signal, onChunk });
  whole?.flush();
  const stopped = end.failure === null ? null : bound.stopped();
  if (stopped === 'handed-back') throw new HandedBack();
  return endOfChat(job, end, stopped);
}
