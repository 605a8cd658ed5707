import { apiError, succeed } from '@lumenfall/contracts';
import type { ImageRunAnswer } from '@lumenfall/database';
import { anAnswerMetadata } from '@lumenfall/testing';
import type { AnswerEvent, AwaitedAnswer } from '../answers/awaited-answer.js';
import { finishedImages, type FinishedImages } from './finished-images.js';

const answer: ImageRunAnswer = { images: [], metadata: anAnswerMetadata(), created: 7 };
const said: AnswerEvent = { type: 'parts', parts: [{ type: 'images', ...answer }], restarted: false };
const silence: AnswerEvent = { type: 'silence' };
const lost: AnswerEvent = { type: 'lost', error: apiError('INTERNAL_ERROR', 'lost') };

/** What comes of these events, where the run has ended in the database after so many looks. */
function endOf(events: AnswerEvent[], writtenAfter = Infinity): Promise<FinishedImages | null> {
  let looks = 0;
  const next = (): Promise<AnswerEvent> => Promise.resolve(events.shift() ?? { type: 'cancelled' });
  const written = async (): Promise<FinishedImages | null> => ((looks += 1) > writtenAfter ? succeed(answer) : null);
  return finishedImages({ next } as AwaitedAnswer, written);
}

describe('images that somebody waits for', () => {
  it.each<[string, AnswerEvent[], number]>([
    ['are heard', [silence, said], Infinity],
    ['are found written where nothing is heard', [silence, silence], 1],
    ['are found written where what was said got lost', [lost], 0],
  ])('%s', async (_how, events, writtenAfter) => {
    expect(await endOf(events, writtenAfter)).toEqual(succeed(answer));
  });

  it('are lost where they were neither heard nor written', async () => {
    expect(await endOf([silence, lost])).toMatchObject({ error: { error: { code: 'INTERNAL_ERROR' }, goesOn: false } });
  });

  it('go on elsewhere where only this process gives up', async () => {
    const leaving: AnswerEvent = { type: 'lost', error: apiError('OVERLOADED', 'leaving'), goesOn: true };
    expect(await endOf([leaving])).toMatchObject({ error: { goesOn: true } });
  });

  it('are nothing to a client that left', async () => {
    expect(await endOf([{ type: 'cancelled' }])).toBeNull();
  });
});
