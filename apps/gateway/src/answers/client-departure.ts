import type { FastifyReply } from 'fastify';

/** Calls back once if the client closes its connection before it has its whole answer. */
export function onDeparture(reply: FastifyReply, left: () => void): void {
  const { raw } = reply;
  if (raw.destroyed) {
    left();
    return;
  }
  raw.once('close', () => {
    if (!raw.writableFinished) left();
  });
}
