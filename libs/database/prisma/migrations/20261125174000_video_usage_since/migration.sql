-- Videos whose usage record the request history does not have: the sweep looks for them in the usage log.
ALTER TABLE "videos" ADD COLUMN "usage_since" TIMESTAMPTZ(3);
UPDATE "videos" SET "usage_since" = COALESCE("completed_at", now())
WHERE "usage" IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM "requests" WHERE "id" = "videos"."request_id" AND "recorded_at" IS NOT NULL);
DROP INDEX "videos_usage_queued_at_completed_at_idx";
CREATE INDEX "videos_usage_since_idx" ON "videos"("usage_since");
