import { weighedCandidateSchema } from './routing.js';

const candidate = { executedModel: 'fal/x', credential: null, priority: 0, weight: 1, successRate: null };

it('a weighed candidate that an earlier version queued is read with its circuit state', () => {
  const queued = { ...candidate, latencyMs: null, share: 1, standing: 'resting' };
  expect(weighedCandidateSchema.parse(queued)).toMatchObject({ circuitState: 'resting' });
  expect(weighedCandidateSchema.parse(queued)).not.toHaveProperty('standing');
});

it('a weighed candidate without a circuit state is refused', () => {
  expect(weighedCandidateSchema.safeParse({ ...candidate, latencyMs: null, share: 1 }).success).toBe(false);
});
