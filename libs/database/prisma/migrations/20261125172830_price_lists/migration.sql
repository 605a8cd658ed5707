-- CreateTable
CREATE TABLE "price_lists" (
    "id" BIGSERIAL NOT NULL,
    "model" TEXT NOT NULL,
    "offering" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "lines" JSONB NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "imported_by" TEXT NOT NULL,
    "source" TEXT NOT NULL,

    CONSTRAINT "price_lists_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "price_lists_model_offering_valid_from_id_idx" ON "price_lists"("model", "offering", "valid_from", "id");

ALTER TABLE "price_lists"
  ADD CONSTRAINT "price_lists_lines_not_empty" CHECK (jsonb_typeof("lines") = 'array' AND jsonb_array_length("lines") > 0),
  -- A price that began in the past would contradict the requests that were charged since.
  ADD CONSTRAINT "price_lists_not_in_the_past" CHECK ("valid_from" >= "created_at");

CREATE FUNCTION refuse_price_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'price lists are never changed or removed (% refused): import a new one instead', TG_OP;
END $$;

CREATE TRIGGER "price_lists_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "price_lists"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_price_change();
