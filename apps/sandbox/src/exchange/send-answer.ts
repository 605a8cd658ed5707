import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { Answer, EventsAnswer } from './answer.js';
import type { Call } from './call.js';
import { pause } from './pause.js';

/** After how many chunks of a stream the connection breaks; `start`: when only the headers are out. */
export type Cut = number | 'start' | null;

const WRITE_SIZE = 32_768;

/**
 * Puts an answer on the wire. `cut` 0 breaks the connection before the first byte, more breaks a JSON or bytes answer
 * in its middle (a stream of events breaks after that many frames, or before the first).
 */
export async function sendAnswer(call: Call, reply: FastifyReply, answer: Answer, cut: Cut): Promise<void> {
  if (reply.raw.destroyed || cut === 0) {
    reply.hijack();
    if (!reply.raw.destroyed) {
      call.noteCut();
      reply.raw.destroy();
    }
    return;
  }
  if (answer.kind === 'events') return sendEvents(call, reply, answer, cut);
  const contentType = answer.kind === 'json' ? 'application/json; charset=utf-8' : answer.contentType;
  const payload =
    answer.kind === 'json'
      ? answer.text
      : Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.byteLength);
  const status = answer.kind === 'json' ? answer.status : 200;
  if (cut !== null) return sendHalf(call, reply, status, contentType, payload);
  void reply
    .status(status)
    .headers(answer.kind === 'json' ? (answer.headers ?? {}) : {})
    .type(contentType)
    .send(payload);
}

/** Announces the whole answer, writes half of it, then breaks the connection. */
async function sendHalf(
  call: Call,
  reply: FastifyReply,
  status: number,
  contentType: string,
  payload: string | Buffer,
): Promise<void> {
  const bytes = Buffer.from(payload);
  reply.hijack();
  reply.raw.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length });
  call.noteCut();
  reply.raw.write(bytes.subarray(0, bytes.length >> 1), () => reply.raw.destroy());
}

async function sendEvents(call: Call, reply: FastifyReply, answer: EventsAnswer, cut: Cut): Promise<void> {
  reply.hijack();
  const raw = reply.raw;
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  let waiting = answer.comment ?? '';
  if (answer.delayMs > 0) {
    raw.write(waiting);
    waiting = '';
    await keepWaiting(call, raw, answer);
  }
  let sent = 0;
  let next = performance.now();
  for (const frame of answer.frames) {
    if (sent === cut || cut === 'start') break;
    if (raw.destroyed) return;
    if (answer.gapMs > 0 && sent > 0) {
      next += answer.gapMs;
      await pause(next - performance.now(), call.signal);
      raw.write(frame);
    } else {
      waiting += frame;
      if (answer.gapMs > 0 || waiting.length >= WRITE_SIZE) {
        const roomy = raw.write(waiting);
        waiting = '';
        if (!roomy) await drained(call, raw);
      }
    }
    sent += 1;
  }
  if (raw.destroyed) return;
  if (cut === null) {
    raw.end(waiting);
    return;
  }
  call.noteCut();
  raw.write(waiting === '' ? ': cut\n\n' : waiting, () => raw.destroy());
}

/** The delay before the first frame, kept alive by the provider's comment lines. */
async function keepWaiting(call: Call, raw: FastifyReply['raw'], answer: EventsAnswer): Promise<void> {
  const until = performance.now() + answer.delayMs;
  for (;;) {
    const left = until - performance.now();
    if (left <= 0 || raw.destroyed) return;
    await pause(Math.min(left, 1_000), call.signal);
    if (answer.comment !== null && left > 1_000 && !raw.destroyed) raw.write(answer.comment);
  }
}

async function drained(call: Call, raw: FastifyReply['raw']): Promise<void> {
  try {
    await once(raw, 'drain', { signal: call.signal });
  } catch (error) {
    if (!call.signal.aborted) throw error;
  }
}
