-- Charges per UTC day, of an organization and of each of its keys: a spend limit reads at most 31 rows. The rows of
-- usage_days are per model and status too, and have the day of the request, not of the charge.

-- CreateTable
CREATE TABLE "spend_days" (
    "organization_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "spent_micros" BIGINT NOT NULL,

    CONSTRAINT "spend_days_pkey" PRIMARY KEY ("organization_id","key_id","day")
);

-- What Prisma's schema cannot say.

ALTER TABLE "spend_days" SET (fillfactor = 50),
  ADD CONSTRAINT "spend_days_spent_positive" CHECK ("spent_micros" >= 0);

-- Written with the entries, in the same transaction and under the lock of the account; in the order of the key.

CREATE FUNCTION add_to_spend_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO spend_days AS spent (organization_id, key_id, day, spent_micros)
    SELECT added.organization_id, owners.key_id, (added.created_at AT TIME ZONE 'UTC')::date,
      -SUM(added.amount_micros)::bigint
    FROM added LEFT JOIN requests ON requests.id = added.request_id
    CROSS JOIN LATERAL (VALUES (''), (requests.key_id)) AS owners (key_id)
    WHERE added.kind = 'usage' AND owners.key_id IS NOT NULL
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (organization_id, key_id, day) DO UPDATE SET spent_micros = spent.spent_micros + EXCLUDED.spent_micros;
  RETURN NULL;
END $$;

CREATE TRIGGER "ledger_entries_spent_per_day" AFTER INSERT ON "ledger_entries"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_to_spend_days();

INSERT INTO "spend_days" ("organization_id", "key_id", "day", "spent_micros")
  SELECT entries.organization_id, owners.key_id, (entries.created_at AT TIME ZONE 'UTC')::date,
    -SUM(entries.amount_micros)::bigint
  FROM ledger_entries AS entries LEFT JOIN requests ON requests.id = entries.request_id
  CROSS JOIN LATERAL (VALUES (''), (requests.key_id)) AS owners (key_id)
  WHERE entries.kind = 'usage' AND owners.key_id IS NOT NULL
  GROUP BY 1, 2, 3;
