-- CreateTable
CREATE TABLE "usage_days" (
    "organization_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "key_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "modality" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "cost_micros" BIGINT NOT NULL,
    "input_tokens" DECIMAL(24,6) NOT NULL,
    "output_tokens" DECIMAL(24,6) NOT NULL,
    "images" DECIMAL(24,6) NOT NULL,
    "megapixels" DECIMAL(24,6) NOT NULL,
    "seconds" DECIMAL(24,6) NOT NULL,

    CONSTRAINT "usage_days_pkey" PRIMARY KEY ("organization_id","day","key_id","model","modality","status")
);

-- What Prisma's schema cannot say.

-- A batch of records updates few rows many times: room on their pages keeps the updates out of the index.
ALTER TABLE "usage_days" SET (fillfactor = 60);

CREATE FUNCTION usage_units(charge jsonb)
RETURNS TABLE (input_tokens numeric, output_tokens numeric, images numeric, megapixels numeric, seconds numeric)
LANGUAGE sql IMMUTABLE AS $$
  SELECT COALESCE(SUM(quantity) FILTER (WHERE metric = 'token' AND type <> 'output'), 0),
    COALESCE(SUM(quantity) FILTER (WHERE metric = 'token' AND type = 'output'), 0),
    COALESCE(SUM(quantity) FILTER (WHERE metric = 'image' AND type = 'output'), 0),
    COALESCE(SUM(quantity) FILTER (WHERE metric = 'megapixel' AND type = 'output'), 0),
    COALESCE(SUM(quantity) FILTER (WHERE metric = 'second' AND type = 'output'), 0)
  FROM jsonb_to_recordset(
    CASE WHEN jsonb_typeof(charge->'quantities') = 'array' THEN charge->'quantities' ELSE '[]' END
  ) AS used (type text, metric text, quantity numeric)
$$;

-- Adds changes to the days, in the order of their key, so that concurrent transactions cannot deadlock.
CREATE FUNCTION add_to_usage_days(changes usage_days[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO usage_days AS counted (organization_id, day, key_id, model, modality, status, requests, cost_micros,
    input_tokens, output_tokens, images, megapixels, seconds)
  SELECT organization_id, day, key_id, model, modality, status, SUM(requests), SUM(cost_micros), SUM(input_tokens),
    SUM(output_tokens), SUM(images), SUM(megapixels), SUM(seconds)
  FROM unnest(changes) GROUP BY 1, 2, 3, 4, 5, 6
  ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (organization_id, day, key_id, model, modality, status) DO UPDATE SET
    requests = counted.requests + EXCLUDED.requests, cost_micros = counted.cost_micros + EXCLUDED.cost_micros,
    input_tokens = counted.input_tokens + EXCLUDED.input_tokens,
    output_tokens = counted.output_tokens + EXCLUDED.output_tokens, images = counted.images + EXCLUDED.images,
    megapixels = counted.megapixels + EXCLUDED.megapixels, seconds = counted.seconds + EXCLUDED.seconds
$$;

CREATE FUNCTION usage_day_of(sign integer, organization_id text, created_at timestamptz, key_id text, model text,
  modality text, status text, cost_micros bigint, charge jsonb)
RETURNS usage_days LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(organization_id, (created_at AT TIME ZONE 'UTC')::date, COALESCE(key_id, ''),
    CASE WHEN status = 'rejected' THEN '' ELSE COALESCE(model, '') END, COALESCE(modality, ''), status, sign,
    sign * cost_micros, sign * units.input_tokens, sign * units.output_tokens, sign * units.images,
    sign * units.megapixels, sign * units.seconds)::usage_days
  FROM usage_units(charge) AS units
$$;

CREATE FUNCTION count_new_requests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM add_to_usage_days(ARRAY(
    SELECT usage_day_of(1, organization_id, created_at, key_id, model, modality, status, cost_micros, charge)
    FROM added WHERE status NOT IN ('pending', 'processing')));
  RETURN NULL;
END $$;

CREATE TRIGGER "requests_counted_on_insert" AFTER INSERT ON "requests"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_new_requests();

CREATE FUNCTION count_changed_requests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM add_to_usage_days(ARRAY(
    SELECT usage_day_of(1, organization_id, created_at, key_id, model, modality, status, cost_micros, charge)
    FROM added WHERE status NOT IN ('pending', 'processing')
    UNION ALL
    SELECT usage_day_of(-1, organization_id, created_at, key_id, model, modality, status, cost_micros, charge)
    FROM removed WHERE status NOT IN ('pending', 'processing')));
  RETURN NULL;
END $$;

CREATE TRIGGER "requests_counted_on_update" AFTER UPDATE ON "requests"
  REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_changed_requests();

INSERT INTO usage_days
SELECT (counted.day).organization_id, (counted.day).day, (counted.day).key_id, (counted.day).model,
  (counted.day).modality, (counted.day).status, SUM((counted.day).requests), SUM((counted.day).cost_micros),
  SUM((counted.day).input_tokens), SUM((counted.day).output_tokens), SUM((counted.day).images),
  SUM((counted.day).megapixels), SUM((counted.day).seconds)
FROM (
  SELECT usage_day_of(1, organization_id, created_at, key_id, model, modality, status, cost_micros, charge) AS day
  FROM requests WHERE status NOT IN ('pending', 'processing')
  OFFSET 0
) AS counted
GROUP BY 1, 2, 3, 4, 5, 6;
