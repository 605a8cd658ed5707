import { endedRequest } from './account.js';
import { lumenfall } from './command-line.js';
import { untilFirstChoice } from './first-choice.js';
import { onOwnStacks } from './stacks.js';

interface Report {
  id: string;
  status: string;
  endpoint: string;
  route: { executed_model: string; circuit_state: string; share: number; credential: string | null }[];
  passed_over: { executed_model: string; why: string }[];
  attempts: { executed_model: string; status: string; reason: string | null; chosen: string; cost: number }[];
  cost: { total: number; basis: string; ledger: { amount: number }[] };
  video: { state: string } | null;
}

onOwnStacks((stack) => {
  const ask = async (content: string): Promise<{ status: number; id: string }> => {
    const body = { model: 'openai/gpt-5.4-mini', messages: [{ role: 'user', content }] };
    const response = await stack.request('/openai/v1/chat/completions', { method: 'POST', body });
    await response.arrayBuffer();
    return { status: response.status, id: response.headers.get('x-lumenfall-request-id') ?? '' };
  };

  describe('doctor', () => {
    it('explains a request that failed over', async () => {
      const { status, id } = await ask(`Hi ${Math.random()} [sandbox status=500 times=1]`);
      expect(status).toBe(200);
      const { cost } = await endedRequest(stack, id);

      const { code, out, err } = lumenfall(stack, 'doctor', id, '--json');
      expect([code, err]).toEqual([0, '']);
      const report = JSON.parse(out) as Report;
      expect(report).toMatchObject({ id, status: 'completed', video: null, cost: { total: cost } });
      expect(report.attempts.map((attempt) => attempt.status)).toEqual(['failed', 'succeeded']);
      expect(report.attempts[0]).toMatchObject({ reason: 'transient', cost: 0 });
      expect(report.attempts[1]).toMatchObject({ reason: null, cost });
      expect(report.cost.ledger).toEqual([expect.objectContaining({ amount: -cost })]);
      expect(report.route.length).toBeGreaterThan(1);
      expect(report.route.reduce((sum, { share }) => sum + share, 0)).toBeGreaterThan(0.9);

      const text = lumenfall(stack, 'doctor', id).out;
      expect(text).toContain(`${id}: completed`);
      for (const { executed_model } of report.attempts) expect(text).toContain(executed_model);
      expect(text).toMatch(/failed \(transient: the provider or the connection to it failed\), HTTP 500/);
      expect(text).not.toMatch(/lmnfl_|sandbox status=500|Bearer/);
    });

    it('says in one line that there is no such request', () => {
      const unknown = lumenfall(stack, 'doctor', 'req_000000000000000000000000000');
      expect(unknown).toEqual({
        code: 3,
        out: '',
        err: expect.stringMatching(/^lumenfall: req_0+ is not in [^\n]+\n$/),
      });
    });
  });

  describe("an organization's lists", () => {
    afterEach(async () => {
      lumenfall(stack, 'orgs', 'set', 'default', '--clear');
      await untilFirstChoice(stack, 'openai/gpt-5.4-mini', 'openrouter');
    });

    it('keep its requests from a provider within seconds, and doctor says so', async () => {
      expect(lumenfall(stack, 'orgs', 'set', 'default', '--deny', 'openrouter/*')).toMatchObject({ code: 0, err: '' });
      let report: Report | null = null;
      for (let round = 0; round < 40 && !report?.passed_over.some(({ why }) => why.startsWith('denied')); round += 1) {
        const { id } = await ask(`Hi ${Math.random()}`);
        await endedRequest(stack, id);
        report = JSON.parse(lumenfall(stack, 'doctor', id, '--json').out) as Report;
      }
      expect(report?.passed_over).toContainEqual({
        executed_model: expect.stringMatching(/^openrouter\//),
        why: 'denied-by-organization',
      });
      expect(report?.route.filter(({ executed_model }) => executed_model.startsWith('openrouter/'))).toEqual([]);
      expect(report?.status).toBe('completed');
    });
  });
});
