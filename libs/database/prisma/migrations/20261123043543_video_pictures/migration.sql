-- AlterTable
ALTER TABLE "videos" ADD COLUMN     "pictures" JSONB;
