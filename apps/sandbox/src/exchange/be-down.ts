import type { FastifyReply } from 'fastify';
import type { DownForm } from '../profiles/profile.js';
import type { Call } from './call.js';
import { FOR_EVER_MS, pause } from './pause.js';
import { sendAnswer } from './send-answer.js';

/** Plays a provider that is not there, whatever it is asked. */
export async function beDown(call: Call, reply: FastifyReply, form: DownForm): Promise<void> {
  call.noteDrawn('down');
  if (form === 'unavailable') return sendAnswer(call, reply, call.refuse.failure(503, null), null);
  if (form === 'hang') await pause(FOR_EVER_MS, call.signal);
  call.reset();
}
