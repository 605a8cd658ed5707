import { apiError, succeed } from '@lumenfall/contracts';
import type { ImageRunAnswer } from '@lumenfall/image-runs';
import { anAnswerMetadata } from '@lumenfall/testing';
import type { AnswerEvent, AwaitedAnswer } from '../answers/awaited-answer.js';
import { awaitImages, type ImagesOutcome } from './idempotent-replay.js';

const answer: ImageRunAnswer = { images: [], metadata: anAnswerMetadata(), created: 7 };
const reply: AnswerEvent = { type: 'parts', parts: [{ type: 'images', ...answer }], restarted: false };
const silence: AnswerEvent = { type: 'silence' };
const lost: AnswerEvent = { type: 'lost', error: apiError('INTERNAL_ERROR', 'lost') };

/** The outcome after these events, if the database has it after so many reads. */
function outcomeOf(events: AnswerEvent[], writtenAfter = Infinity): Promise<ImagesOutcome | null> {
  let reads = 0;
  const next = (): Promise<AnswerEvent> => Promise.resolve(events.shift() ?? { type: 'cancelled' });
  const written = async (): Promise<ImagesOutcome | null> => ((reads += 1) > writtenAfter ? succeed(answer) : null);
  return awaitImages({ next } as AwaitedAnswer, written);
}

describe('awaitImages', () => {
  it.each<[string, AnswerEvent[], number]>([
    ['the reply arrives', [silence, reply], Infinity],
    ['no reply arrives, but the database has the outcome', [silence, silence], 1],
    ['the reply is lost, but the database has the outcome', [lost], 0],
  ])('returns the images if %s', async (_how, events, writtenAfter) => {
    expect(await outcomeOf(events, writtenAfter)).toEqual(succeed(answer));
  });

  it('fails if the reply is lost and the database has no outcome', async () => {
    expect(await outcomeOf([silence, lost])).toMatchObject({
      error: { error: { code: 'INTERNAL_ERROR' }, goesOn: false },
    });
  });

  it('reports that the job continues if only this process closes', async () => {
    const leaving: AnswerEvent = { type: 'lost', error: apiError('OVERLOADED', 'leaving'), goesOn: true };
    expect(await outcomeOf([leaving])).toMatchObject({ error: { goesOn: true } });
  });

  it('returns null if the client left', async () => {
    expect(await outcomeOf([{ type: 'cancelled' }])).toBeNull();
  });
});
