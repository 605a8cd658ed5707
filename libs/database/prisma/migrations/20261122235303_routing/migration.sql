-- AlterTable
ALTER TABLE "attempts" ADD COLUMN     "chosen" TEXT,
ADD COLUMN     "cost_micros" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "credential" TEXT;

-- AlterTable
ALTER TABLE "organizations" ADD COLUMN     "routing_allow" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "routing_deny" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "requests" ADD COLUMN     "choice" JSONB;
