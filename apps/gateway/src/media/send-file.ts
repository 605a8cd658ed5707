import { apiError, errorEnvelope } from '@lumenfall/contracts';
import type { OpenFile } from '@lumenfall/media';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { readRange } from './byte-range.js';

/** Streams a stored file, or the range of it that was asked for. Its name stands for its content: it never changes. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: OpenFile, name: string): void {
  const etag = `"${name}"`;
  const secondsLeft = Math.max(0, Math.floor((file.expiresAt - Date.now()) / 1000));
  void reply.headers({
    'content-type': file.contentType,
    'cache-control': `private, max-age=${secondsLeft}`,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin',
    'accept-ranges': 'bytes',
    etag,
  });
  if (request.headers['if-none-match'] === etag) {
    void reply.code(304).send();
    return;
  }
  const ifRange = request.headers['if-range'];
  const range = readRange(
    ifRange === undefined || ifRange === etag ? request.headers.range : undefined,
    file.sizeBytes,
  );
  if (range.kind === 'unsatisfiable') {
    void reply
      .code(416)
      .header('content-range', `bytes */${file.sizeBytes}`)
      .header('content-type', 'application/json; charset=utf-8');
    void reply.send(
      errorEnvelope(
        apiError('INVALID_REQUEST', `The file has ${file.sizeBytes} bytes; the range asks for none of them`),
      ),
    );
    return;
  }
  const part = range.kind === 'part' ? { start: range.start, end: range.end } : undefined;
  if (part !== undefined)
    void reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${file.sizeBytes}`);
  void reply.header('content-length', String(part === undefined ? file.sizeBytes : part.end - part.start + 1));
  void reply.send(request.method === 'HEAD' ? Readable.from([]) : file.stream(part));
}
