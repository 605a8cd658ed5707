/**
 * Writes `prisma/migrations/<timestamp>_<name>/migration.sql`: the SQL that leads from the migrations so far to
 * `prisma/schema.prisma`. Prisma replays them in a new database for that, so DATABASE_URL must name a server where one
 * may be created. What Prisma's schema cannot express (CHECK constraints, triggers) is added to the file by hand.
 *
 *     DATABASE_URL=postgres://... npx nx run database:new-migration --name=add_teams
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readMigrations } from '../src/migrate-database.js';
import { sqlFromMigrationsTo } from '../src/schema-engine.js';

const { name } = parseArgs({ options: { name: { type: 'string' } } }).values;
const databaseUrl = process.env['DATABASE_URL'] ?? '';
// Nx runs this from the root of the workspace.
const prisma = join(process.cwd(), 'libs', 'database', 'prisma');
const folder = join(prisma, 'migrations');
if (!name || !/^[a-z0-9_]+$/.test(name) || !databaseUrl) {
  console.error('Usage: DATABASE_URL=postgres://... nx run database:new-migration --name=what_it_does');
  process.exit(1);
}
const schema = await readFile(join(prisma, 'schema.prisma'), 'utf8');
const sql = await sqlFromMigrationsTo(schema, await readMigrations(folder), databaseUrl);
if (sql.trim() === '' || sql.includes('This is an empty migration')) {
  console.log('The migrations and the schema agree: nothing to write.');
} else {
  const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const target = join(folder, `${timestamp}_${name}`);
  await mkdir(target);
  await writeFile(join(target, 'migration.sql'), sql);
  console.log(`Wrote ${join(target, 'migration.sql')}`);
}
