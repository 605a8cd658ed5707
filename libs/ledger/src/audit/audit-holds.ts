import { z } from 'zod';
import type { AuditScope } from './findings.js';

const holdsSchema = z.array(
  z.object({
    request_id: z.string(),
    amount: z.bigint(),
    /** Why the hold should have ended; null if it may be active. */
    why: z.string().nullable(),
  }),
);
type HoldRow = z.infer<typeof holdsSchema>[number];

/** The active holds of an organization: each has a request that may still be charged. */
export async function auditHolds(
  { tx, findings, at, batchRows, holdGraceMs }: AuditScope,
  organizationId: string,
): Promise<void> {
  const grace = new Date(at.getTime() - holdGraceMs);
  let after: string | null = '';
  while (after !== null) {
    const rows: HoldRow[] = holdsSchema.parse(
      await tx.$queryRaw<unknown[]>`
        SELECT holds.request_id, holds.amount_micros AS amount, CASE
            WHEN requests.recorded_at IS NOT NULL THEN 'its request has been recorded'
            WHEN requests.organization_id <> holds.organization_id THEN 'its request is of another organization'
            WHEN videos.completed_at <= ${grace} THEN 'its video has ended'
            WHEN image_runs.state <> 'running' AND COALESCE(image_runs.usage_since, image_runs.deadline) <= ${grace}
              THEN 'its image request has ended'
            WHEN holds.expires_at <= ${grace} THEN 'its review is overdue'
          END AS why
        FROM holds
        LEFT JOIN requests ON requests.id = holds.request_id
        LEFT JOIN videos ON videos.request_id = holds.request_id
        LEFT JOIN image_runs ON image_runs.request_id = holds.request_id
        WHERE holds.organization_id = ${organizationId} AND holds.state = 'held' AND holds.request_id > ${after}
        ORDER BY holds.request_id LIMIT ${batchRows}`,
    );
    for (const { request_id: requestId, amount, why } of rows) {
      findings.checked.holds += 1;
      if (why === null) continue;
      const message = `The hold of ${amount} for the request ${requestId} is still active, but ${why}`;
      findings.add('hold', organizationId, message, { requestId, expected: 0n, found: amount });
    }
    after = rows.length < batchRows ? null : (rows.at(-1)?.request_id ?? null);
  }
}
