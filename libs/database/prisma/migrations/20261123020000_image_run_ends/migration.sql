-- AlterTable
ALTER TABLE "image_runs" ADD COLUMN     "usage" JSONB,
ADD COLUMN     "usage_since" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "image_runs_usage_since_idx" ON "image_runs"("usage_since");
