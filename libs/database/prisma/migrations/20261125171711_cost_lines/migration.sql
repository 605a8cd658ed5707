-- AlterTable
ALTER TABLE "attempts" ADD COLUMN     "cost_basis" TEXT NOT NULL DEFAULT 'none';

-- AlterTable
ALTER TABLE "requests" ADD COLUMN     "provider_cost_micros" BIGINT NOT NULL DEFAULT 0;

-- Attempts that delivered have the basis of their request's charge.
UPDATE "attempts" SET "cost_basis" = CASE
    WHEN "charge" ->> 'reportedCostUsd' IS NOT NULL THEN 'reported'
    WHEN "charge" -> 'estimated' = 'true' THEN 'measured'
    ELSE 'priced' END
FROM "requests" WHERE "requests"."id" = "request_id" AND "attempts"."cost_micros" > 0;

UPDATE "requests" SET "provider_cost_micros" = paid."micros"
FROM (SELECT "request_id", SUM("cost_micros")::bigint AS "micros" FROM "attempts" GROUP BY 1) AS paid
WHERE "requests"."id" = paid."request_id" AND paid."micros" > 0;

-- What Prisma's schema cannot say.

ALTER TABLE "attempts" ADD CONSTRAINT "attempts_cost_positive" CHECK ("cost_micros" >= 0),
  ADD CONSTRAINT "attempts_cost_basis_known" CHECK (
    "cost_basis" IN ('reported', 'priced', 'measured', 'flat', 'requested', 'none')),
  ADD CONSTRAINT "attempts_cost_has_basis" CHECK ("cost_basis" <> 'none' OR "cost_micros" = 0);

ALTER TABLE "requests" ADD CONSTRAINT "requests_provider_cost_positive" CHECK ("provider_cost_micros" >= 0);
