-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "organizations" (
    "id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "media_retention" TEXT NOT NULL DEFAULT 'none',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "last_four" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'active',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "accounts" (
    "organization_id" TEXT NOT NULL,
    "billing_type" TEXT NOT NULL DEFAULT 'prepaid',
    "balance_micros" BIGINT NOT NULL DEFAULT 0,
    "credit_limit_micros" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "ledger_entries" (
    "id" BIGSERIAL NOT NULL,
    "organization_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "amount_micros" BIGINT NOT NULL,
    "request_id" TEXT,
    "note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "spend_minutes" (
    "organization_id" TEXT NOT NULL,
    "minute" TIMESTAMPTZ(3) NOT NULL,
    "spent_micros" BIGINT NOT NULL,

    CONSTRAINT "spend_minutes_pkey" PRIMARY KEY ("organization_id","minute")
);

-- CreateTable
CREATE TABLE "holds" (
    "request_id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "amount_micros" BIGINT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'held',
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "holds_pkey" PRIMARY KEY ("request_id")
);

-- CreateTable
CREATE TABLE "requests" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "key_id" TEXT,
    "modality" TEXT,
    "endpoint" TEXT,
    "model" TEXT,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" BIGINT,
    "error_code" TEXT,
    "error_message" TEXT,
    "session_id" TEXT,
    "trace_id" TEXT,
    "user" TEXT,
    "request_size_bytes" BIGINT,
    "response_size_bytes" BIGINT,
    "provider" TEXT,
    "executed_model" TEXT,
    "charge" JSONB,
    "price_version" TEXT,
    "cost_micros" BIGINT NOT NULL DEFAULT 0,
    "unpriced" BOOLEAN NOT NULL DEFAULT false,
    "recorded_at" TIMESTAMPTZ(3),

    CONSTRAINT "requests_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempts" (
    "request_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "provider" TEXT NOT NULL,
    "executed_model" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "failure" TEXT,
    "message" TEXT,
    "upstream_status" INTEGER,
    "duration_ms" BIGINT NOT NULL,

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("request_id","position")
);

-- CreateTable
CREATE TABLE "price_versions" (
    "version" TEXT NOT NULL,
    "offering" TEXT NOT NULL,
    "lines" JSONB NOT NULL,
    "first_seen" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "price_versions_pkey" PRIMARY KEY ("version","offering")
);

-- CreateTable
CREATE TABLE "videos" (
    "request_id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "facts" JSONB NOT NULL,
    "plan" JSONB NOT NULL,
    "request" JSONB,
    "prompt" TEXT,
    "client_metadata" JSONB,
    "route_index" INTEGER NOT NULL DEFAULT 0,
    "handle" JSONB,
    "progress" INTEGER NOT NULL DEFAULT 0,
    "attempts" JSONB NOT NULL,
    "poll_count" INTEGER NOT NULL DEFAULT 0,
    "next_action_at" TIMESTAMPTZ(3) NOT NULL,
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "media_retention" TEXT NOT NULL,
    "output" JSONB,
    "error" JSONB,
    "cost_micros" BIGINT,
    "estimate_micros" BIGINT NOT NULL,
    "usage" JSONB,
    "usage_queued_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),
    "forget_at" TIMESTAMPTZ(3),
    "idempotency_key" TEXT,
    "body_hash" TEXT NOT NULL,

    CONSTRAINT "videos_pkey" PRIMARY KEY ("request_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "organizations_slug_key" ON "organizations"("slug");

-- CreateIndex
CREATE INDEX "api_keys_organization_id_created_at_id_idx" ON "api_keys"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "ledger_entries_organization_id_created_at_id_idx" ON "ledger_entries"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_entries_request_id_kind_key" ON "ledger_entries"("request_id", "kind");

-- CreateIndex
CREATE INDEX "spend_minutes_minute_idx" ON "spend_minutes"("minute");

-- CreateIndex
CREATE INDEX "holds_organization_id_state_expires_at_idx" ON "holds"("organization_id", "state", "expires_at");

-- CreateIndex
CREATE INDEX "holds_state_expires_at_idx" ON "holds"("state", "expires_at");

-- CreateIndex
CREATE INDEX "requests_organization_id_created_at_id_idx" ON "requests"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "requests_organization_id_key_id_created_at_id_idx" ON "requests"("organization_id", "key_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "requests_organization_id_status_created_at_id_idx" ON "requests"("organization_id", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "videos_organization_id_created_at_request_id_idx" ON "videos"("organization_id", "created_at", "request_id");

-- CreateIndex
CREATE INDEX "videos_state_next_action_at_idx" ON "videos"("state", "next_action_at");

-- CreateIndex
CREATE INDEX "videos_usage_queued_at_completed_at_idx" ON "videos"("usage_queued_at", "completed_at");

-- CreateIndex
CREATE INDEX "videos_forget_at_idx" ON "videos"("forget_at");

-- CreateIndex
CREATE UNIQUE INDEX "videos_organization_id_idempotency_key_key" ON "videos"("organization_id", "idempotency_key");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "accounts"("organization_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "spend_minutes" ADD CONSTRAINT "spend_minutes_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "accounts"("organization_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "holds" ADD CONSTRAINT "holds_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "accounts"("organization_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "requests" ADD CONSTRAINT "requests_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_request_id_fkey" FOREIGN KEY ("request_id") REFERENCES "requests"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "videos" ADD CONSTRAINT "videos_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

ALTER TABLE "organizations" ADD CONSTRAINT "organizations_media_retention_known" CHECK ("media_retention" IN ('none', '7d', '30d'));

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_status_known" CHECK ("status" IN ('active', 'revoked')),
  ADD CONSTRAINT "api_keys_hash_only" CHECK ("secret_hash" ~ '^[0-9a-f]{64}$' AND length("last_four") <= 4);

-- 9007199254740991 micros is the largest amount that JavaScript counts exactly.
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_billing_type_known" CHECK ("billing_type" IN ('prepaid', 'postpaid')),
  ADD CONSTRAINT "accounts_credit_limit_positive" CHECK ("credit_limit_micros" BETWEEN 0 AND 9007199254740991),
  ADD CONSTRAINT "accounts_balance_countable" CHECK ("balance_micros" BETWEEN -9007199254740991 AND 9007199254740991);

ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_signed_by_kind" CHECK (
  ("kind" = 'charge' AND "amount_micros" < 0 AND "request_id" IS NOT NULL) OR ("kind" = 'grant' AND "amount_micros" > 0));

ALTER TABLE "holds" ADD CONSTRAINT "holds_state_known" CHECK ("state" IN ('held', 'settled', 'released', 'expired')),
  ADD CONSTRAINT "holds_amount_positive" CHECK ("amount_micros" >= 0);

ALTER TABLE "requests" ADD CONSTRAINT "requests_status_known" CHECK (
  "status" IN ('pending', 'processing', 'completed', 'upstream_failure', 'rejected', 'cancelled')),
  ADD CONSTRAINT "requests_cost_positive" CHECK ("cost_micros" >= 0);

ALTER TABLE "videos" ADD CONSTRAINT "videos_state_known" CHECK (
  "state" IN ('queued', 'submitting', 'submitted', 'running', 'unknown', 'completed', 'failed', 'cancelled')),
  ADD CONSTRAINT "videos_progress_percent" CHECK ("progress" BETWEEN 0 AND 100),
  ADD CONSTRAINT "videos_retention_known" CHECK ("media_retention" IN ('none', '7d', '30d'));

-- The ledger is append-only, for everybody.

CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger entries are never changed or removed (% refused): write a new entry instead', TG_OP;
END $$;

CREATE TRIGGER "ledger_entries_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

-- The cached balance moves with every entry, by whatever code it is written, and by nothing else.

CREATE FUNCTION post_ledger_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE accounts SET balance_micros = balance_micros + posted.amount
    FROM (SELECT organization_id, SUM(amount_micros)::bigint AS amount FROM added GROUP BY organization_id) AS posted
    WHERE accounts.organization_id = posted.organization_id;
  INSERT INTO spend_minutes (organization_id, minute, spent_micros)
    SELECT organization_id, date_trunc('minute', created_at), -SUM(amount_micros)::bigint
      FROM added WHERE kind = 'charge' GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (organization_id, minute) DO UPDATE SET spent_micros = spend_minutes.spent_micros + EXCLUDED.spent_micros;
  RETURN NULL;
END $$;

CREATE TRIGGER "ledger_entries_posted" AFTER INSERT ON "ledger_entries"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION post_ledger_entries();

CREATE FUNCTION refuse_balance_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a balance is the sum of its ledger entries: write an entry instead';
END $$;

CREATE TRIGGER "accounts_balance_only_by_entries" BEFORE UPDATE OF "balance_micros" ON "accounts"
  FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW."balance_micros" IS DISTINCT FROM OLD."balance_micros")
  EXECUTE FUNCTION refuse_balance_change();

CREATE TRIGGER "accounts_open_empty" BEFORE INSERT ON "accounts"
  FOR EACH ROW WHEN (NEW."balance_micros" <> 0) EXECUTE FUNCTION refuse_balance_change();
