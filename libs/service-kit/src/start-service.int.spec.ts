import { Controller, Get, Module } from '@nestjs/common';
import { ManualClock } from '@lumenfall/testing';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { z } from 'zod';
import { listenShape, logShape, OperatorError, startService, STEP_MARGIN_MS, type ServiceDefinition } from './index.js';

let begun: () => void = () => undefined;

@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<string> {
    begun();
    await new Promise((resolve) => setTimeout(resolve, 150));
    return 'finished';
  }
}

@Module({ controllers: [SlowController] })
class TestModule {}

const schema = z.object({ ...listenShape, ...logShape, DEPENDENCY: z.string() });

function service(
  steps: string[] = [],
  ready = async (): Promise<void> => {},
): ServiceDefinition<z.infer<typeof schema>> {
  const step = (name: string) => ({ name, run: async () => void steps.push(name) });
  return {
    name: 'trial',
    configuration: schema,
    build: async ({ configuration }) => ({
      module: TestModule,
      listen: { host: configuration.HOST, port: configuration.PORT },
      ready,
      closeBeforeHttp: [step('take no more work')],
      close: [step('close the queue'), step('close the database')],
    }),
  };
}

const environment = { LOG_LEVEL: 'silent', DEPENDENCY: 'x' };

describe('a service', () => {
  it('answers liveness, readiness and metrics', async () => {
    const running = await startService(service(), environment);
    const answers = await Promise.all(['livez', 'readyz', 'metrics'].map((path) => fetch(`${running.url}/${path}`)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(await answers[2]?.text()).toContain('process_resident_memory_bytes');
    await running.close();
  });

  it('is not ready while its check fails, and reports the reason', async () => {
    const running = await startService(
      service([], () => Promise.reject(new Error('the database does not answer'))),
      environment,
    );
    const answer = await fetch(`${running.url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'unavailable', reason: 'the database does not answer' },
    ]);
    await running.close();
  });

  it('finishes running answers before it closes the connections they need', async () => {
    const steps: string[] = [];
    const running = await startService(service(steps), environment);
    const inHand = new Promise<void>((resolve) => (begun = resolve));
    const answer = fetch(`${running.url}/slow`).then((response) => response.text());
    await inHand;
    await running.close();
    expect(await answer).toBe('finished');
    expect(steps).toEqual(['take no more work', 'close the queue', 'close the database']);
  });

  it('goes on with its shutdown if a step does not end within its limit', async () => {
    const steps: string[] = [];
    const clock = new ManualClock();
    const definition = service(steps);
    const hanging: typeof definition = {
      ...definition,
      build: async (context) => {
        const parts = await definition.build(context);
        const lost = { name: 'lost connection', run: () => new Promise<void>(() => undefined) };
        return { ...parts, closeBeforeHttp: [lost, ...(parts.closeBeforeHttp ?? [])] };
      },
    };
    const running = await startService(hanging, environment, clock);
    const closed = running.close();
    await clock.advance(STEP_MARGIN_MS - 1);
    expect(steps).toEqual([]);
    await clock.advance(1);
    await closed;
    expect(steps).toEqual(['take no more work', 'close the queue', 'close the database']);
  });

  it.each([
    [{ LOG_LEVEL: 'silent' }, /^DEPENDENCY: is not set/],
    [{ ...environment, PORT: 'eighty' }, /^PORT: expected a whole number/],
    [{ ...environment, PORT: '70000' }, /^PORT: /],
    [{ ...environment, LOG_LEVEL: 'loud' }, /^LOG_LEVEL: /],
  ])('refuses the configuration %p in one line', async (broken, message) => {
    const refusal = await startService(service(), broken).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(OperatorError);
    expect(String((refusal as Error).message)).toMatch(message);
    expect(String((refusal as Error).message)).not.toContain('\n');
  });

  it('reports a port that is in use', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startService(service(), { ...environment, PORT: String(port) })).rejects.toThrow(
      `trial: port ${port} is in use`,
    );
    squatter.close();
  });
});
