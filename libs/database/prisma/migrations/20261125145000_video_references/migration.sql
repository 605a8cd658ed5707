-- Videos in progress keep their reference images, as data URIs or addresses, in the request. New videos have them in the media store.
UPDATE "videos" SET "request" = jsonb_set("request", '{inputReferences}', "pictures")
WHERE "completed_at" IS NULL AND "request" IS NOT NULL AND jsonb_typeof("pictures") = 'array';

-- AlterTable
ALTER TABLE "videos" DROP COLUMN "pictures",
ADD COLUMN     "seconds" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "size" TEXT NOT NULL DEFAULT '';

UPDATE "videos" SET "seconds" = COALESCE("request"->>'seconds', ''), "size" = COALESCE("request"->>'size', '')
WHERE "request" IS NOT NULL;
