-- AlterTable
ALTER TABLE "videos" ADD COLUMN     "pictures" JSONB;

-- Videos on their way take their pictures along.
UPDATE "videos" SET "pictures" = "request"->'inputReferences', "request" = "request" - 'inputReferences'
WHERE "completed_at" IS NULL AND "request" IS NOT NULL;
