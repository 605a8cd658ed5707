-- API keys get an expiry, the time of their last use, and a name that is unique in their organization; keys and
-- organizations get limits.

ALTER TABLE "organizations" ADD COLUMN     "limits" JSONB NOT NULL DEFAULT '{}';

ALTER TABLE "api_keys" ADD COLUMN     "expires_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_used_at" TIMESTAMPTZ(3),
ADD COLUMN     "limits" JSONB NOT NULL DEFAULT '{}';

-- Of several keys with one name, the oldest keeps it.
UPDATE "api_keys" SET "name" = "api_keys"."name" || ' (' || "api_keys"."id" || ')'
FROM (
  SELECT "id", row_number() OVER (PARTITION BY "organization_id", "name" ORDER BY "created_at", "id") AS "position"
  FROM "api_keys"
) AS "ranked"
WHERE "ranked"."id" = "api_keys"."id" AND "ranked"."position" > 1;

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_organization_id_name_key" ON "api_keys"("organization_id", "name");

-- What Prisma's schema cannot say: a misspelt or negative limit is refused, instead of turning the limit off.

ALTER TABLE "organizations" ADD CONSTRAINT "organizations_limits_known" CHECK (
  jsonb_typeof("limits") = 'object'
  AND "limits" - ARRAY['spendPerDayMicros', 'spendPerMonthMicros', 'requestsPerMinute', 'tokensPerMinute',
    'requestsAtOnce'] = '{}'
  AND NOT jsonb_path_exists("limits", '$.* ? (@.type() != "number" || @ < 1 || @.floor() != @)'));

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_limits_known" CHECK (
  jsonb_typeof("limits") = 'object'
  AND "limits" - ARRAY['spendPerDayMicros', 'spendPerMonthMicros', 'requestsPerMinute', 'tokensPerMinute',
    'requestsAtOnce'] = '{}'
  AND NOT jsonb_path_exists("limits", '$.* ? (@.type() != "number" || @ < 1 || @.floor() != @)'));
