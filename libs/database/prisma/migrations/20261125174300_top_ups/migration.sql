-- CreateTable
CREATE TABLE "ledger_months" (
    "organization_id" TEXT NOT NULL,
    "month" DATE NOT NULL,
    "kind" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "entries" BIGINT NOT NULL,
    "amount_micros" BIGINT NOT NULL,

    CONSTRAINT "ledger_months_pkey" PRIMARY KEY ("organization_id","month","kind","key_id","model")
);

-- CreateTable
CREATE TABLE "top_ups" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "amount_micros" BIGINT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'requested',
    "provider" TEXT NOT NULL,
    "provider_reference" TEXT,
    "checkout_id" TEXT,
    "checkout_url" TEXT,
    "failure_reason" TEXT,
    "refunded_micros" BIGINT NOT NULL DEFAULT 0,
    "next_check_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "top_ups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auto_top_ups" (
    "organization_id" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "threshold_micros" BIGINT NOT NULL,
    "amount_micros" BIGINT NOT NULL,
    "max_per_day" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "last_failure" TEXT,
    "not_before" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "auto_top_ups_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "payment_customers" (
    "organization_id" TEXT NOT NULL,
    "customer_id" TEXT NOT NULL,
    "payment_method_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_customers_pkey" PRIMARY KEY ("organization_id")
);

-- CreateIndex
CREATE INDEX "top_ups_organization_id_created_at_id_idx" ON "top_ups"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "top_ups_state_next_check_at_idx" ON "top_ups"("state", "next_check_at");

-- CreateIndex
CREATE UNIQUE INDEX "top_ups_provider_provider_reference_key" ON "top_ups"("provider", "provider_reference");

-- CreateIndex
CREATE UNIQUE INDEX "payment_customers_customer_id_key" ON "payment_customers"("customer_id");

-- AddForeignKey
ALTER TABLE "top_ups" ADD CONSTRAINT "top_ups_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "accounts"("organization_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "auto_top_ups" ADD CONSTRAINT "auto_top_ups_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "accounts"("organization_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment_customers" ADD CONSTRAINT "payment_customers_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "accounts"("organization_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

ALTER TABLE "top_ups"
  ADD CONSTRAINT "top_ups_kind_known" CHECK ("kind" IN ('top_up', 'auto_top_up')),
  ADD CONSTRAINT "top_ups_state_known" CHECK ("state" IN ('requested', 'pending', 'succeeded', 'failed')),
  ADD CONSTRAINT "top_ups_provider_known" CHECK ("provider" IN ('manual', 'stripe')),
  ADD CONSTRAINT "top_ups_amount_positive" CHECK ("amount_micros" > 0 AND "amount_micros" % 10000 = 0),
  ADD CONSTRAINT "top_ups_refunded_after_success" CHECK (
    "refunded_micros" >= 0 AND ("refunded_micros" = 0 OR "state" = 'succeeded')),
  ADD CONSTRAINT "top_ups_failure_named" CHECK (("state" = 'failed') = ("failure_reason" IS NOT NULL)),
  ADD CONSTRAINT "top_ups_success_paid" CHECK ("state" <> 'succeeded' OR "provider_reference" IS NOT NULL);

-- At most one automatic top-up of an organization is in progress.
CREATE UNIQUE INDEX "top_ups_one_automatic_in_progress" ON "top_ups" ("organization_id")
  WHERE "kind" = 'auto_top_up' AND "state" IN ('requested', 'pending');

CREATE FUNCTION refuse_top_up_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'top-up %: it has succeeded, and does not become %', OLD.id, NEW.state;
END $$;

CREATE TRIGGER "top_ups_success_is_final" BEFORE UPDATE ON "top_ups"
  FOR EACH ROW WHEN (OLD."state" = 'succeeded' AND NEW."state" <> 'succeeded') EXECUTE FUNCTION refuse_top_up_move();

ALTER TABLE "auto_top_ups"
  ADD CONSTRAINT "auto_top_ups_threshold_positive" CHECK ("threshold_micros" >= 0),
  ADD CONSTRAINT "auto_top_ups_amount_positive" CHECK ("amount_micros" > 0 AND "amount_micros" % 10000 = 0),
  ADD CONSTRAINT "auto_top_ups_limited" CHECK ("max_per_day" BETWEEN 1 AND 100),
  ADD CONSTRAINT "auto_top_ups_failures_counted" CHECK ("failures" >= 0);

-- A batch of records updates few rows many times: room on their pages keeps the updates out of the index.
ALTER TABLE "ledger_months" SET (fillfactor = 60);

-- In the order of the key, so that concurrent transactions cannot deadlock.
CREATE FUNCTION sum_ledger_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_months AS summed (organization_id, month, kind, key_id, model, entries, amount_micros)
  SELECT added.organization_id, date_trunc('month', added.created_at AT TIME ZONE 'UTC')::date, added.kind,
    COALESCE(requests.key_id, ''), COALESCE(requests.model, ''), COUNT(*), SUM(amount_micros)::bigint
  FROM added LEFT JOIN requests ON requests.id = added.request_id AND added.kind = 'usage'
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (organization_id, month, kind, key_id, model) DO UPDATE SET
    entries = summed.entries + EXCLUDED.entries, amount_micros = summed.amount_micros + EXCLUDED.amount_micros;
  RETURN NULL;
END $$;

CREATE TRIGGER "ledger_entries_summed" AFTER INSERT ON "ledger_entries"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sum_ledger_months();

INSERT INTO ledger_months (organization_id, month, kind, key_id, model, entries, amount_micros)
SELECT entry.organization_id, date_trunc('month', entry.created_at AT TIME ZONE 'UTC')::date, entry.kind,
  COALESCE(requests.key_id, ''), COALESCE(requests.model, ''), COUNT(*), SUM(amount_micros)::bigint
FROM ledger_entries AS entry LEFT JOIN requests ON requests.id = entry.request_id AND entry.kind = 'usage'
GROUP BY 1, 2, 3, 4, 5;
