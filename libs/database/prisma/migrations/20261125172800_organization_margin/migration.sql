-- AlterTable
ALTER TABLE "organizations" ADD COLUMN     "margin_percent" TEXT;

ALTER TABLE "organizations" ADD CONSTRAINT "organizations_margin_percent_decimal"
  CHECK ("margin_percent" ~ '^[0-9]{1,4}(\.[0-9]{1,6})?$');
