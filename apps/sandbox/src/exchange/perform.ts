import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Stage } from '../stage.js';
import type { Answer } from './answer.js';
import { isAuthorized } from './authorize.js';
import { beDown } from './be-down.js';
import { Call, providerOfPath } from './call.js';
import { sendAnswer, type Cut } from './send-answer.js';

/** A protocol's whole answer to a call, and where its prompt wants the connection cut. */
export interface Performance {
  answer: Answer;
  cut: Cut;
}

/** Answers that no directive shaped. */
export const plainly = (answer: Answer): Performance => ({ answer, cut: null });

/** The way of every provider call: note it, ask for a key, let the protocol work, put its answer on the wire. */
export async function perform(
  stage: Stage,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (call: Call) => Performance | Promise<Performance>,
): Promise<void> {
  const provider = providerOfPath(request.url);
  const entry = stage.journal.entryOf(request);
  if (provider === null || entry === undefined) throw new Error(`No provider is played at ${request.url}.`);
  const call = new Call(provider, request, reply, entry);
  // Here all providers share one port. A client that kept connections to it would send to the one that is gone on a connection
  // to another, see it break, and take it for an idle one that had been closed; with a real host there would be none.
  if (stage.profiles.losesConnections) reply.raw.shouldKeepAlive = false;
  const down = stage.profiles.downOf(provider);
  if (down !== null) return beDown(call, reply, down);
  if (!isAuthorized(provider, request)) return sendAnswer(call, reply, call.refuse.unauthorized(), null);
  call.noteAuthorized();
  const { answer, cut } = await work(call);
  await sendAnswer(call, reply, answer, cut);
}
