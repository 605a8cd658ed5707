-- The entries get the kinds of a statement of account, a reference, and the balance that results from each.

ALTER TABLE "ledger_entries" DROP CONSTRAINT "ledger_entries_signed_by_kind",
  ADD COLUMN     "balance_after_micros" BIGINT,
  ADD COLUMN     "reference" TEXT;

-- The references of credit were stored as request ids. Entries without one get their own id as the reference.
ALTER TABLE "ledger_entries" DISABLE TRIGGER "ledger_entries_append_only";
UPDATE "ledger_entries" SET
  "kind" = CASE "kind" WHEN 'charge' THEN 'usage' ELSE 'top_up' END,
  "reference" = CASE "kind" WHEN 'charge' THEN NULL ELSE COALESCE("request_id", 'entry-' || "ledger_entries"."id") END,
  "request_id" = CASE "kind" WHEN 'charge' THEN "request_id" END,
  "balance_after_micros" = chain."balance"
FROM (
  SELECT "id", SUM("amount_micros") OVER (PARTITION BY "organization_id" ORDER BY "id")::bigint AS "balance"
  FROM "ledger_entries"
) AS chain
WHERE chain."id" = "ledger_entries"."id";
ALTER TABLE "ledger_entries" ENABLE TRIGGER "ledger_entries_append_only";

ALTER TABLE "ledger_entries" ALTER COLUMN "balance_after_micros" SET NOT NULL;

-- CreateIndex
CREATE INDEX "ledger_entries_organization_id_id_idx" ON "ledger_entries"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_entries_organization_id_reference_key" ON "ledger_entries"("organization_id", "reference");

-- What Prisma's schema cannot say.

ALTER TABLE "ledger_entries"
  ADD CONSTRAINT "ledger_entries_kind_known" CHECK (
    "kind" IN ('top_up', 'auto_top_up', 'usage', 'adjustment', 'refund')),
  ADD CONSTRAINT "ledger_entries_signed_by_kind" CHECK (
    CASE "kind" WHEN 'usage' THEN "amount_micros" < 0
      WHEN 'top_up' THEN "amount_micros" > 0
      WHEN 'auto_top_up' THEN "amount_micros" > 0
      ELSE "amount_micros" <> 0 END),
  ADD CONSTRAINT "ledger_entries_cause_named" CHECK (
    CASE "kind" WHEN 'usage' THEN "request_id" IS NOT NULL AND "reference" IS NULL
      ELSE "reference" IS NOT NULL AND "reference" <> '' END);

ALTER TABLE "spend_minutes" ADD CONSTRAINT "spend_minutes_spent_positive" CHECK ("spent_micros" >= 0);

-- An entry that comes without its balance gets it under the lock of the account. It gets its id under the lock too: the
-- default was computed before the wait for the lock, and ids must have the order of the chain.

CREATE FUNCTION chain_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM accounts WHERE organization_id = NEW.organization_id FOR NO KEY UPDATE;
  NEW.id := nextval('ledger_entries_id_seq');
  NEW.balance_after_micros := NEW.amount_micros + COALESCE((
    SELECT balance_after_micros FROM ledger_entries
    WHERE organization_id = NEW.organization_id ORDER BY id DESC LIMIT 1), 0);
  RETURN NEW;
END $$;

CREATE TRIGGER "ledger_entries_chained" BEFORE INSERT ON "ledger_entries"
  FOR EACH ROW WHEN (NEW."balance_after_micros" IS NULL) EXECUTE FUNCTION chain_ledger_entry();

-- The cached balance moves with every entry, and each entry must have the balance that results from it.

CREATE OR REPLACE FUNCTION post_ledger_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  broken bigint;
BEGIN
  WITH posted AS (
    UPDATE accounts SET balance_micros = accounts.balance_micros + sums.amount
    FROM (SELECT organization_id, SUM(amount_micros)::bigint AS amount FROM added GROUP BY 1) AS sums
    WHERE accounts.organization_id = sums.organization_id
    RETURNING accounts.organization_id, accounts.balance_micros
  )
  SELECT MIN(chain.id) INTO broken
  FROM (
    SELECT id, organization_id, balance_after_micros,
      SUM(amount_micros) OVER (PARTITION BY organization_id ORDER BY id DESC) - amount_micros AS later
    FROM added
  ) AS chain
  JOIN posted USING (organization_id)
  WHERE chain.balance_after_micros <> posted.balance_micros - chain.later;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'ledger entry %: balance_after_micros is not the balance before it plus its amount', broken;
  END IF;
  INSERT INTO spend_minutes (organization_id, minute, spent_micros)
    SELECT organization_id, date_trunc('minute', created_at), -SUM(amount_micros)::bigint
      FROM added WHERE kind = 'usage' GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (organization_id, minute) DO UPDATE SET spent_micros = spend_minutes.spent_micros + EXCLUDED.spent_micros;
  RETURN NULL;
END $$;
