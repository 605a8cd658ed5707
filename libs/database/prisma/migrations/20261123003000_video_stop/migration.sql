-- AlterTable
ALTER TABLE "videos" ADD COLUMN     "stop" JSONB,
ADD COLUMN     "upstream_id" TEXT;

-- CreateIndex
CREATE INDEX "videos_upstream_id_idx" ON "videos"("upstream_id");
