-- CreateTable
CREATE TABLE "image_runs" (
    "request_id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "body_hash" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "answer" JSONB,
    "error" JSONB,
    "media_until" TIMESTAMPTZ(3),
    "wanted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "image_runs_pkey" PRIMARY KEY ("request_id"),
    CONSTRAINT "image_runs_state_check" CHECK ("state" IN ('running', 'answered', 'failed'))
);

-- CreateIndex
CREATE INDEX "image_runs_key_id_body_hash_created_at_idx" ON "image_runs"("key_id", "body_hash", "created_at");

-- CreateIndex
CREATE INDEX "image_runs_created_at_idx" ON "image_runs"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "image_runs_organization_id_idempotency_key_key" ON "image_runs"("organization_id", "idempotency_key");
