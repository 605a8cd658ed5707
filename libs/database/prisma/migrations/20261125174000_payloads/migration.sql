-- AlterTable
ALTER TABLE "organizations" ADD COLUMN     "payload_retention" TEXT NOT NULL DEFAULT 'none';

-- DropIndex
DROP INDEX "image_runs_created_at_idx";

-- CreateTable
CREATE TABLE "payloads" (
    "request_id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "request" TEXT,
    "response" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "purged_at" TIMESTAMPTZ(3),
    "purge_open_since" TIMESTAMPTZ(3),

    CONSTRAINT "payloads_pkey" PRIMARY KEY ("request_id")
);

-- CreateIndex
CREATE INDEX "payloads_expires_at_idx" ON "payloads"("expires_at");

-- CreateIndex
CREATE INDEX "payloads_purge_open_since_idx" ON "payloads"("purge_open_since");

-- What Prisma's schema cannot say.

ALTER TABLE "organizations" ADD CONSTRAINT "organizations_payload_retention_known"
  CHECK ("payload_retention" IN ('none', '7d', '30d'));

-- A row has bodies that expire, or it says that they were purged.
ALTER TABLE "payloads" ADD CONSTRAINT "payloads_kept_or_purged" CHECK (
  CASE WHEN "purged_at" IS NULL THEN "expires_at" IS NOT NULL AND "purge_open_since" IS NULL
    ELSE "expires_at" IS NULL AND "request" IS NULL AND "response" IS NULL END),
  ADD CONSTRAINT "payloads_bounded" CHECK (octet_length("request") <= 1048576 AND octet_length("response") <= 1048576);

-- A run with an answer is kept until its files expire, so that they can be purged. The sweep looks at the others.
CREATE INDEX "image_runs_unanswered_idx" ON "image_runs"("created_at") WHERE "answer" IS NULL;
CREATE INDEX "image_runs_media_until_idx" ON "image_runs"("media_until") WHERE "answer" IS NOT NULL;
