import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { Answer, EventsAnswer } from './answer.js';
import type { Call } from './call.js';

const WRITE_SIZE = 32_768;

/**
 * Puts an answer on the wire. `call.cut` 0 breaks the connection before the first byte, more breaks a JSON or bytes
 * answer in its middle, and a stream of events after that many frames (`start`: before the first).
 */
export async function sendAnswer(call: Call, reply: FastifyReply, answer: Answer): Promise<void> {
  const { cut } = call;
  if (reply.raw.destroyed || cut === 0) {
    reply.hijack();
    if (reply.raw.destroyed) return;
    call.noteCut();
    reply.raw.destroy();
    return;
  }
  if (answer.kind === 'events') return sendEvents(call, reply, answer);
  const [status, headers, contentType, payload] =
    answer.kind === 'json'
      ? [answer.status, answer.headers ?? {}, 'application/json; charset=utf-8', answer.text]
      : [
          200,
          {},
          answer.contentType,
          Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.byteLength),
        ];
  if (cut === null) {
    void reply.status(status).headers(headers).type(contentType).send(payload);
    return;
  }
  // Announces the whole answer, writes half of it, then breaks the connection.
  const bytes = Buffer.from(payload);
  reply.hijack();
  reply.raw.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length });
  call.noteCut();
  reply.raw.write(bytes.subarray(0, bytes.length >> 1), () => reply.raw.destroy());
}

async function sendEvents(call: Call, reply: FastifyReply, answer: EventsAnswer): Promise<void> {
  reply.hijack();
  const { cut } = call;
  const raw = reply.raw;
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  let buffered = answer.comment ?? '';
  if (answer.delayMs > 0) {
    raw.write(buffered);
    buffered = '';
    await keepAlive(call, raw, answer);
  }
  let sent = 0;
  let next = performance.now();
  for (const frame of answer.frames) {
    if (sent === cut || cut === 'start') break;
    if (raw.destroyed) return;
    if (answer.gapMs > 0 && sent > 0) {
      next += answer.gapMs;
      await call.pause(next - performance.now());
      raw.write(frame);
    } else {
      buffered += frame;
      if (answer.gapMs > 0 || buffered.length >= WRITE_SIZE) {
        const roomy = raw.write(buffered);
        buffered = '';
        if (!roomy) await drained(call, raw);
      }
    }
    sent += 1;
  }
  if (raw.destroyed) return;
  if (cut === null) {
    raw.end(buffered);
    return;
  }
  call.noteCut();
  raw.write(buffered === '' ? ': cut\n\n' : buffered, () => raw.destroy());
}

/** Waits until the first frame is due and meanwhile sends the provider's comment line every second. */
async function keepAlive(call: Call, raw: FastifyReply['raw'], answer: EventsAnswer): Promise<void> {
  const until = performance.now() + answer.delayMs;
  for (;;) {
    const left = until - performance.now();
    if (left <= 0 || raw.destroyed) return;
    await call.pause(Math.min(left, 1_000));
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
