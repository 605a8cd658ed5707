import { micros, microsToUsd } from '@lumenfall/money';
import { presentAttempt } from '@lumenfall/contracts';
import type { RequestReport } from '@lumenfall/ledger';
import { costOf } from './explained-cost.js';

const usd = (amount: number): number => microsToUsd(micros(amount));
const time = (moment: Date | null): string | null => moment?.toISOString() ?? null;

/** A request report as docs/operating.md documents it: times in ISO 8601, amounts in USD. */
export function reportJson(report: RequestReport): object {
  const { organization, key, choice, video, charge, hold } = report;
  const { basis, components } = costOf(report);
  return {
    id: report.id,
    status: report.status,
    created_at: time(report.createdAt),
    recorded_at: time(report.recordedAt),
    duration_ms: report.durationMs,
    organization: { id: organization.id, slug: organization.slug },
    key: key && { id: key.id, name: key.name, last_four: key.lastFour },
    endpoint: report.endpoint,
    modality: report.modality,
    model: report.model,
    executed_model: report.executedModel,
    provider: report.provider,
    error: report.errorCode === null ? null : { code: report.errorCode, message: report.errorMessage },
    route:
      choice?.order.map((candidate) => ({
        executed_model: candidate.executedModel,
        credential: candidate.credential,
        priority: candidate.priority,
        weight: candidate.weight,
        expected_cost: candidate.expectedMicros == null ? null : usd(candidate.expectedMicros),
        circuit_state: candidate.circuitState,
        success_rate: candidate.successRate,
        latency_ms: candidate.latencyMs,
        share: candidate.share,
      })) ?? null,
    passed_over: (choice?.passedOver ?? video?.plan.passedOver ?? []).map(({ executedModel, why }) => ({
      executed_model: executedModel,
      why,
    })),
    attempts: report.attempts.map((attempt) => ({ ...presentAttempt(attempt), credential: attempt.credential })),
    cost: {
      total: usd(report.costMicros),
      currency: 'USD',
      basis,
      price_version: charge?.price?.version ?? null,
      components: components.map(({ total_cost, ...component }) => ({ ...component, total_cost: usd(total_cost) })),
      ledger: report.ledger.map(({ id, kind, amountMicros, createdAt }) => ({
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
