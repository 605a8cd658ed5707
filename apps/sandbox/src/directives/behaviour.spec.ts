import { Behaviours, PLAIN } from './behaviour.js';

describe('the behaviour of a call', () => {
  it('is plain without a directive', () => {
    expect(new Behaviours().take('A fox', 'openai')).toBe(PLAIN);
  });

  it('applies a directive only at the provider that it names', () => {
    const behaviours = new Behaviours();
    expect(behaviours.take('x [sandbox status=500 provider=fal]', 'openai').status).toBeNull();
    expect(behaviours.take('x [sandbox status=500 provider=fal]', 'fal').status).toBe(500);
  });

  it('applies a directive only at its moment, which is the submit if none is named', () => {
    const behaviours = new Behaviours();
    const prompt = '[sandbox status=500 at=poll] [sandbox latency=9]';
    expect(behaviours.take(prompt, 'fal')).toMatchObject({ status: null, latencyMs: 9, latencyAt: null });
    expect(behaviours.take(prompt, 'fal', 'poll')).toMatchObject({ status: 500, latencyMs: 0 });
    expect(behaviours.take('[sandbox latency=9 at=submit]', 'fal').latencyAt).toBe('submit');
  });

  it('applies a directive as many times as it says, counted for the exact prompt', () => {
    const behaviours = new Behaviours();
    const statuses = (prompt: string, calls: number) =>
      Array.from({ length: calls }, () => behaviours.take(prompt, 'openai').status);
    expect(statuses('one [sandbox status=500 times=2]', 4)).toEqual([500, 500, null, null]);
    expect(statuses('two [sandbox status=500 times=2]', 3)).toEqual([500, 500, null]);
  });

  it('does not count calls of another provider or moment for times=', () => {
    const behaviours = new Behaviours();
    const prompt = '[sandbox status=500 provider=fal at=poll times=1]';
    behaviours.take(prompt, 'openai', 'poll');
    behaviours.take(prompt, 'fal');
    expect(behaviours.take(prompt, 'fal', 'poll').status).toBe(500);
    expect(behaviours.take(prompt, 'fal', 'poll').status).toBeNull();
  });

  it('combines several directives, of which later ones win', () => {
    const taken = new Behaviours().take('[sandbox tokens=4 rate=2] [sandbox tokens=8 empty]', 'gemini');
    expect(taken).toMatchObject({ tokens: 8, rate: 2, empty: true });
  });
});
