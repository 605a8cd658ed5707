-- A hold names the request that owns it, and is reviewed at `expires_at` instead of ending then.
ALTER TABLE "holds" ADD COLUMN "modality" TEXT,
  ADD COLUMN "deadline" TIMESTAMPTZ(3),
  ADD COLUMN "doubted_at" TIMESTAMPTZ(3),
  ADD COLUMN "ended_at" TIMESTAMPTZ(3);

UPDATE "holds" SET
  "modality" = CASE
    WHEN EXISTS (SELECT 1 FROM "videos" WHERE "videos"."request_id" = "holds"."request_id") THEN 'video'
    WHEN EXISTS (SELECT 1 FROM "image_runs" WHERE "image_runs"."request_id" = "holds"."request_id") THEN 'image'
    ELSE COALESCE((SELECT "modality" FROM "requests" WHERE "requests"."id" = "holds"."request_id"), 'text') END,
  "deadline" = "expires_at",
  "ended_at" = CASE WHEN "state" <> 'held' THEN now() END;

ALTER TABLE "holds" ALTER COLUMN "modality" SET NOT NULL,
  ALTER COLUMN "deadline" SET NOT NULL,
  ADD CONSTRAINT "holds_modality_known" CHECK ("modality" IN ('text', 'image', 'video')),
  ADD CONSTRAINT "holds_ended_or_held" CHECK (("state" = 'held') = ("ended_at" IS NULL));

-- For the removal of old tombstones.
CREATE INDEX "holds_state_amount_micros_ended_at_idx" ON "holds"("state", "amount_micros", "ended_at");

-- A hold ends once, by whatever code, and its owner and amount never change.
CREATE FUNCTION change_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'held' AND NEW.state <> OLD.state THEN
    RAISE EXCEPTION 'the hold of % is % and cannot become %: a hold ends once', OLD.request_id, OLD.state, NEW.state;
  END IF;
  IF (NEW.request_id, NEW.organization_id, NEW.modality, NEW.amount_micros)
    IS DISTINCT FROM (OLD.request_id, OLD.organization_id, OLD.modality, OLD.amount_micros) THEN
    RAISE EXCEPTION 'owner and amount of the hold of % never change', OLD.request_id;
  END IF;
  IF OLD.state = 'held' AND NEW.state <> 'held' THEN NEW.ended_at := clock_timestamp(); END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "holds_end_once" BEFORE UPDATE ON "holds" FOR EACH ROW EXECUTE FUNCTION change_hold();

-- A video is `pending` until its hold is placed.
ALTER TABLE "videos" DROP CONSTRAINT "videos_state_known",
  ADD CONSTRAINT "videos_state_known" CHECK ("state" IN (
    'pending', 'queued', 'submitting', 'submitted', 'running', 'unknown', 'completed', 'failed', 'cancelled'));
