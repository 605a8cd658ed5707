import { micros, microsToUsd } from '@lumenfall/money';
import { presentAttempt } from '@lumenfall/contracts';
import type { RequestReport } from '@lumenfall/ledger';
import { costOf } from './cost-of.js';

const usd = (amount: number): number => microsToUsd(micros(amount));
const time = (moment: Date | null): string | null => moment?.toISOString() ?? null;

/** The object of `--json`, as docs/operating.md documents it: times in ISO 8601, amounts in USD. */
export function storyAsJson(story: RequestReport): object {
  const { organization, key, choice, video, charge, hold } = story;
  const { basis, components } = costOf(story);
  return {
    id: story.id,
    status: story.status,
    created_at: time(story.createdAt),
    recorded_at: time(story.recordedAt),
    duration_ms: story.durationMs,
    organization: { id: organization.id, slug: organization.slug },
    key: key && { id: key.id, name: key.name, last_four: key.lastFour },
    endpoint: story.endpoint,
    modality: story.modality,
    model: story.model,
    executed_model: story.executedModel,
    provider: story.provider,
    error: story.errorCode === null ? null : { code: story.errorCode, message: story.errorMessage },
    route:
      choice?.order.map((stop) => ({
        executed_model: stop.executedModel,
        credential: stop.credential,
        priority: stop.priority,
        weight: stop.weight,
        expected_cost: stop.expectedMicros == null ? null : usd(stop.expectedMicros),
        standing: stop.circuitState,
        success_rate: stop.successRate,
        latency_ms: stop.latencyMs,
        share: stop.share,
      })) ?? null,
    passed_over: (choice?.passedOver ?? video?.plan.passedOver ?? []).map(({ executedModel, why }) => ({
      executed_model: executedModel,
      why,
    })),
    attempts: story.attempts.map((attempt) => ({ ...presentAttempt(attempt), credential: attempt.credential })),
    cost: {
      total: usd(story.costMicros),
      currency: 'USD',
      basis,
      price_version: charge?.price?.version ?? null,
      components: components.map(({ total_cost, ...component }) => ({ ...component, total_cost: usd(total_cost) })),
      ledger: story.ledger.map(({ id, kind, amountMicros, createdAt }) => ({
        id,
        kind,
        amount: usd(amountMicros),
        created_at: time(createdAt),
      })),
      hold: hold && { amount: usd(hold.amountMicros), state: hold.state, expires_at: time(hold.expiresAt) },
    },
    video: video && {
      state: video.state,
      version: video.version,
      upstream_id: video.upstreamId,
      progress: video.progress,
      polls: video.pollCount,
      next_action_at: time(video.nextActionAt),
      deadline: time(video.deadline),
      completed_at: time(video.completedAt),
      estimated_cost: usd(video.estimateMicros),
      output: video.output && {
        content_type: video.output.contentType,
        size_bytes: video.output.sizeBytes,
        expires_at: time(video.output.expiresAt),
      },
    },
  };
}
