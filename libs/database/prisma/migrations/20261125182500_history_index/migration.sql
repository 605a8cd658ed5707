-- What Prisma's schema cannot say: a page of one key and one status. Most requests are completed, and a key's completed
-- requests are found by the index of the key.
CREATE INDEX "requests_unusual_idx" ON "requests"("organization_id", "key_id", "status", "created_at", "id")
  WHERE "status" <> 'completed';
