-- Columns and fields keep their data; only their names change.
ALTER TABLE "videos" RENAME COLUMN "facts" TO "request_context";
ALTER TABLE "videos" RENAME COLUMN "stop" TO "candidate";

-- In every stored route choice, `order[].standing` becomes `order[].circuitState`.
CREATE FUNCTION rename_standing(choice jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_set(choice, '{order}', (
    SELECT COALESCE(jsonb_agg(
      CASE WHEN candidate ? 'standing'
        THEN (candidate - 'standing') || jsonb_build_object('circuitState', candidate -> 'standing')
        ELSE candidate END ORDER BY position), '[]'::jsonb)
    FROM jsonb_array_elements(choice -> 'order') WITH ORDINALITY AS o (candidate, position)))
$$;
UPDATE "requests" SET "choice" = rename_standing("choice")
  WHERE jsonb_typeof("choice" -> 'order') = 'array';
UPDATE "videos" SET "candidate" = jsonb_set("candidate", '{choice}', rename_standing("candidate" -> 'choice'))
  WHERE jsonb_typeof("candidate" -> 'choice' -> 'order') = 'array';
UPDATE "videos" SET "usage" = jsonb_set("usage", '{choice}', rename_standing("usage" -> 'choice'))
  WHERE jsonb_typeof("usage" -> 'choice' -> 'order') = 'array';
UPDATE "image_runs" SET "usage" = jsonb_set("usage", '{choice}', rename_standing("usage" -> 'choice'))
  WHERE jsonb_typeof("usage" -> 'choice' -> 'order') = 'array';
DROP FUNCTION rename_standing(jsonb);
