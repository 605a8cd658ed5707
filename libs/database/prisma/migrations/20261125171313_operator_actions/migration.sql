-- CreateTable
CREATE TABLE "operator_actions" (
    "id" BIGSERIAL NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "source" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "organization_id" TEXT,
    "reference" TEXT,
    "parameters" JSONB NOT NULL,
    "outcome" TEXT NOT NULL,
    "result" JSONB NOT NULL,

    CONSTRAINT "operator_actions_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "operator_actions_organization_id_id_idx" ON "operator_actions"("organization_id", "id");

-- What Prisma's schema cannot say.

ALTER TABLE "operator_actions"
  ADD CONSTRAINT "operator_actions_source_known" CHECK ("source" IN ('cli', 'admin')),
  ADD CONSTRAINT "operator_actions_without_keys" CHECK (
    ("parameters"::text || "result"::text) !~ 'lmnfl_[0-9A-Za-z_]+\.[0-9A-Za-z]{20}');

-- A reference is used once per action and organization.
CREATE UNIQUE INDEX "operator_actions_reference_once" ON "operator_actions" ("action", COALESCE("organization_id", ''), "reference")
  WHERE "outcome" = 'done' AND "reference" IS NOT NULL;

CREATE FUNCTION refuse_operator_action_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'operator actions are never changed or removed (% refused)', TG_OP;
END $$;

CREATE TRIGGER "operator_actions_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "operator_actions"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_operator_action_change();
