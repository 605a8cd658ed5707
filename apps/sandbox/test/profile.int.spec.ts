import { randomUUID } from 'node:crypto';
import { PROVIDER_SLUGS } from '@lumenfall/contracts';
import { RunningSandbox } from './running-sandbox.js';

interface Tally {
  counts: Record<string, Record<string, Record<string, number>>>;
}

describe('a profile of the sandbox', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  });
  afterAll(() => sandbox.stop());
  afterEach(() => sandbox.removeProfile());

  const tally = async (): Promise<Tally['counts']> =>
    ((await (await fetch(`${sandbox.url}/_sandbox/tally`)).json()) as Tally).counts;
  const clearTally = () => fetch(`${sandbox.url}/_sandbox/tally`, { method: 'DELETE' });
  /** The status, or what the client saw instead of an answer. */
  const endOf = async (asked: Promise<Response>): Promise<string> => {
    try {
      const answer = await asked;
      await answer.text();
      return String(answer.status);
    } catch {
      return 'broken';
    }
  };

  /** One call of every protocol that makes something, with the given prompt. */
  const protocols: [string, (prompt: string, signal?: AbortSignal) => Promise<Response>][] = [
    ['openrouter', (prompt, signal) => sandbox.chat('openrouter', prompt, {}, signal)],
    ['openai', (prompt, signal) => sandbox.chat('openai', prompt, {}, signal)],
    ['openai-compatible', (prompt, signal) => sandbox.chat('openai-compatible', prompt, {}, signal)],
    ['gemini', (prompt, signal) => sandbox.post('/gemini/models/m:generateContent', geminiBody(prompt), signal)],
    ['gemini', (prompt, signal) => sandbox.post('/gemini/models/m:streamGenerateContent', geminiBody(prompt), signal)],
    ['anthropic', (prompt, signal) => sandbox.post('/anthropic/messages', anthropicBody(prompt), signal)],
    [
      'anthropic',
      (prompt, signal) => sandbox.post('/anthropic/messages', { ...anthropicBody(prompt), stream: true }, signal),
    ],
    [
      'vertex',
      (prompt, signal) =>
        sandbox.post('/vertex/publishers/google/models/m:generateContent', geminiBody(prompt), signal),
    ],
    ['replicate', (prompt, signal) => sandbox.post('/replicate/models/a/b/predictions', { input: { prompt } }, signal)],
    ['bfl', (prompt, signal) => sandbox.post('/bfl/flux-2-pro', { prompt }, signal)],
    ['xai', (prompt, signal) => sandbox.post('/xai/images/generations', { model: 'grok-image', prompt }, signal)],
    [
      'fireworks',
      (prompt, signal) => sandbox.post('/fireworks/workflows/accounts/fireworks/models/m', { prompt }, signal),
    ],
    ['runware', (prompt, signal) => sandbox.post('/runware', [runwareTask(prompt)], signal)],
    [
      'openai',
      (prompt, signal) => sandbox.post('/openai/images/generations', { model: 'gpt-image-1.5', prompt }, signal),
    ],
    ['openai', (prompt, signal) => sandbox.post('/openai/videos', { model: 'sora-2', prompt }, signal)],
    ['fal', (prompt, signal) => sandbox.post('/fal/fal-ai/veo3', { prompt }, signal)],
  ];
  const anthropicBody = (content: string) => ({ model: 'm', max_tokens: 99, messages: [{ role: 'user', content }] });
  const runwareTask = (positivePrompt: string) => ({
    ...{ taskType: 'imageInference', taskUUID: randomUUID(), model: 'm', width: 64, height: 64, positivePrompt },
  });
  const geminiBody = (text: string) => ({ contents: [{ role: 'user', parts: [{ text }] }] });

  it.each(protocols)('fails calls of %s in its own form until it is removed', async (provider, call) => {
    await sandbox.putProfile({ providers: { [provider]: { fail: { 429: 1 }, retry_after_s: 7 } } });
    const refused = await call('A fox');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
    await sandbox.removeProfile();
    expect((await call('A fox')).ok).toBe(true);
  });

  it('is tested with every provider', () => {
    expect(new Set(protocols.map(([provider]) => provider))).toEqual(new Set(PROVIDER_SLUGS));
  });

  it.each(protocols)('does not override the directives of a prompt at %s', async (provider, call) => {
    await sandbox.putProfile({ providers: { [provider]: { fail: { 500: 1 } } } });
    expect((await call('A fox [sandbox status=418]')).status).toBe(418);
    expect((await call('A fox [sandbox tokens=40]')).status).toBe(500);
  });

  it.each(protocols)('takes %s down in three ways, whatever the prompt', async (provider, call) => {
    await sandbox.putProfile({ providers: { [provider]: { down: true } } });
    expect(await endOf(call('A fox [sandbox tokens=4]'))).toBe('broken');
    expect(await endOf(call('A fox [sandbox status=418]'))).toBe('broken');
    await sandbox.putProfile({ providers: { '*': { down: 'unavailable' } } });
    expect(await endOf(call('A fox'))).toBe('503');
    await sandbox.putProfile({ providers: { [provider]: { down: 'hang' } } });
    expect(await endOf(call('A fox', AbortSignal.timeout(100)))).toBe('broken');
    await sandbox.putProfile({ providers: { [provider]: { down: false } } });
    expect(await endOf(call('A fox'))).toMatch(/^20[01]$/);
  });

  it('fails the given shares of a thousand calls, and the tally counts each kind', async () => {
    await clearTally();
    const fail = { 500: 0.1, 429: 0.05, empty: 0.05, moderation: 0.05, reset: 0.03, cut: 0.03, break: 0.02 };
    await sandbox.putProfile({ providers: { openai: { fail } }, seed: 42 });
    const seen = new Map<string, number>();
    for (let round = 0; round < 20; round += 1) {
      const calls = Array.from({ length: 50 }, () => endOf(sandbox.chat('openai', 'Hi', { stream: true })));
      for (const end of await Promise.all(calls)) seen.set(end, (seen.get(end) ?? 0) + 1);
    }
    const counted = (await tally())['openai']?.['chat'] ?? {};
    expect(Object.values(counted).reduce((sum, count) => sum + count)).toBe(1_000);
    for (const [name, share] of Object.entries(fail)) {
      // Three standard deviations.
      const spread = 3 * Math.sqrt(share * (1 - share) * 1_000);
      expect([name, Math.abs((counted[name] ?? 0) - share * 1_000) < spread]).toEqual([name, true]);
    }
    const count = (...names: string[]) => names.reduce((sum, name) => sum + (counted[name] ?? 0), 0);
    expect(Object.fromEntries(seen)).toEqual({
      200: count('answered', 'empty'),
      400: count('moderation'),
      429: count('429'),
      500: count('500'),
      broken: count('reset', 'cut', 'break'),
    });
  });

  it('draws the same failure for the nth call of a provider in every run', async () => {
    const ends = async (seed: number) => {
      await sandbox.putProfile({ providers: { '*': { fail: { 500: 0.5 } } }, seed });
      const seen: string[] = [];
      for (let call = 0; call < 20; call += 1) {
        seen.push(await endOf(sandbox.chat('openai', 'Hi')));
        if (call % 3 === 0) await endOf(sandbox.chat('openrouter', 'Hi'));
      }
      return seen;
    };
    const first = await ends(7);
    expect(await ends(7)).toEqual(first);
    expect(await ends(8)).not.toEqual(first);
  });

  it('with cut breaks a stream before its first chunk, with break after the third', async () => {
    const read = async (failure: string): Promise<{ status: number; text: string; broken: boolean }> => {
      await sandbox.putProfile({ providers: { openai: { fail: { [failure]: 1 } } } });
      const answer = await sandbox.chat('openai', 'Hi', { stream: true });
      const decoder = new TextDecoder();
      let text = '';
      try {
        for await (const bytes of answer.body ?? []) text += decoder.decode(bytes, { stream: true });
        return { status: answer.status, text, broken: false };
      } catch {
        return { status: answer.status, text, broken: true };
      }
    };
    expect(await read('cut')).toEqual({ status: 200, text: expect.not.stringContaining('data:'), broken: true });
    const late = await read('break');
    expect([late.status, late.broken, late.text.match(/^data: /gm)?.length]).toEqual([200, true, 3]);
  });

  it('with hang never answers', async () => {
    await sandbox.putProfile({ providers: { openrouter: { fail: { hang: 1 } } } });
    const began = performance.now();
    expect(await endOf(sandbox.chat('openrouter', 'Hi', { stream: true }, AbortSignal.timeout(300)))).toBe('broken');
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
  });

  it('spreads latencies around the given median and 95th percentile', async () => {
    await sandbox.putProfile({ providers: { openai: { latency_ms: { p50: 4_000, p95: 20_000 } } }, time_scale: 0.01 });
    const times: number[] = [];
    const oneAfterTheOther = async () => {
      for (let call = 0; call < 25; call += 1) {
        const began = performance.now();
        await endOf(sandbox.chat('openai', 'Hi'));
        times.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: 8 }, oneAfterTheOther));
    times.sort((a, b) => a - b);
    // What the calls take by themselves comes on top; without the scale it would be four seconds.
    expect(times[100]).toBeGreaterThan(30);
    expect(times[100]).toBeLessThan(3_000);
    expect(times[190]).toBeGreaterThan(120);
  });

  it('draws for a job at its submit only, not at its polls', async () => {
    await sandbox.putProfile({ providers: { fal: { fail: { 500: 1 } } } });
    expect((await sandbox.post('/fal/fal-ai/veo3', { prompt: 'A boat' })).status).toBe(500);
    await sandbox.removeProfile();
    const submitted = await sandbox.post('/fal/fal-ai/flux/schnell', { prompt: 'A boat' });
    const { status_url } = (await submitted.json()) as { status_url: string };
    await sandbox.putProfile({ providers: { fal: { fail: { 500: 1 } } } });
    expect((await sandbox.fetch(status_url)).status).toBe(202);
  });

  it("can be Lumenfall's published mix, and a provider's own entry wins over it", async () => {
    await clearTally();
    await sandbox.putProfile({
      providers: { openai: { fail: {}, latency_ms: 0 } },
      mix: 'lumenfall',
      time_scale: 1e-4,
    });
    const submitted = async () => {
      for (let call = 0; call < 10; call += 1) {
        // Some hang for ever; on a slow machine others are left too early as well, whatever was drawn for them.
        await endOf(sandbox.post('/fal/fal-ai/flux/dev', { prompt: 'A fox' }, AbortSignal.timeout(2_000)));
      }
    };
    await Promise.all(Array.from({ length: 40 }, submitted));
    const { answered = 0, moderation = 0 } = (await tally())['fal']?.['submit'] ?? {};
    expect(moderation / (answered + moderation)).toBeCloseTo(0.13 / (0.77 + 0.13), 1);
    const calm = Array.from({ length: 50 }, () => endOf(sandbox.chat('openai', 'Hi')));
    expect(new Set(await Promise.all(calm))).toEqual(new Set(['200']));
  });

  it('is shown by GET, and an invalid one is refused without changing it', async () => {
    const answer = await sandbox.putProfile({ providers: { fal: { down: true } }, seed: 3 });
    const inForce = { providers: { fal: { down: 'reset' } }, mix: null, seed: 3, time_scale: 1 };
    expect(await answer.json()).toEqual(inForce);
    const refused = await sandbox.putProfile({ providers: { fall: { down: true } } });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      {
        error: {
          param: 'providers.fall',
          message: expect.stringMatching(/^providers.fall: 'fall' is not a provider: use /),
        },
      },
    ]);
    expect(await (await fetch(`${sandbox.url}/_sandbox/profile`)).json()).toEqual(inForce);
  });

  it('with down applies to calls without a key as well', async () => {
    await sandbox.putProfile({ providers: { openai: { down: true } } });
    expect(await endOf(fetch(`${sandbox.url}/openai/models`))).toBe('broken');
  });

  it('closes every connection after its answer while a provider resets connections', async () => {
    const kept = async () => (await sandbox.chat('openai', 'Hi')).headers.get('connection');
    expect(await kept()).toBe('keep-alive');
    await sandbox.putProfile({ providers: { fal: { down: true } } });
    expect(await kept()).toBe('close');
    await sandbox.putProfile({ providers: { fal: { down: 'unavailable' } } });
    expect(await kept()).toBe('keep-alive');
  });

  it('is noted in the journal as what was drawn', async () => {
    await sandbox.putProfile({ providers: { openai: { fail: { empty: 1 } }, fal: { down: true } } });
    await sandbox.chat('openai', 'noted-by-the-journal');
    expect(await sandbox.calls('noted-by-the-journal')).toMatchObject([{ drawn: 'empty', status: 200 }]);
    await endOf(sandbox.post('/fal/fal-ai/down-in-the-journal', { prompt: 'x' }));
    expect(await sandbox.calls('down-in-the-journal')).toMatchObject([{ drawn: 'down', status: null, outcome: 'cut' }]);
  });
});
