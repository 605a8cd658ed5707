/**
 * Writes the typed client to src/generated.
 *
 * `prisma generate` checks that its schema engine exists, an executable that it would download but never runs for this
 * client. Any executable passes the check, so it gets the path of Node and needs no network.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const project = join(import.meta.dirname, '..');
const prisma = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build', 'index.js');
const { status, error } = spawnSync(
  process.execPath,
  [prisma, 'generate', '--schema', join(project, 'prisma', 'schema.prisma'), '--no-hints'],
  {
    cwd: project,
    stdio: 'inherit',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  },
);
if (error) throw error;
process.exit(status ?? 1);
