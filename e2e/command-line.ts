import { spawnSync } from 'node:child_process';
import type { Stack } from './stacks.js';

/** The operator's command line, beside the running stack, which it finds by itself. */
export function lumenfall(stack: Stack, ...args: string[]): { code: number | null; out: string; err: string } {
  const { DATABASE_URL: _none, ...env } = process.env;
  const options = {
    env: { ...env, LUMENFALL_HOME: stack.address.home ?? '', NODE_OPTIONS: '' },
    encoding: 'utf8' as const,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/lumenfall.mjs', ...args], options);
  return { code: status, out: stdout, err: stderr };
}
