-- Entries are listed by time: like the id, the time is taken under the lock of the account, not at the start of the
-- transaction that then waits for it.
ALTER TABLE "ledger_entries" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();

CREATE OR REPLACE FUNCTION chain_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM accounts WHERE organization_id = NEW.organization_id FOR NO KEY UPDATE;
  NEW.id := nextval('ledger_entries_id_seq');
  NEW.created_at := clock_timestamp();
  NEW.balance_after_micros := NEW.amount_micros + COALESCE((
    SELECT balance_after_micros FROM ledger_entries
    WHERE organization_id = NEW.organization_id ORDER BY id DESC LIMIT 1), 0);
  RETURN NEW;
END $$;

-- What Prisma's schema cannot say: a page of one kind. Nearly every entry is usage, which needs no index of its own.
CREATE INDEX "ledger_entries_credit_idx" ON "ledger_entries"("organization_id", "kind", "created_at", "id")
  WHERE "kind" <> 'usage';
