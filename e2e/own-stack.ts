import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A system that the tests can drive, as `stacks.ts` reads it. */
export interface StackAddress {
  name: string;
  baseUrl: string;
  apiKey: string;
  /** The state folder of a stack that was started here: its processes and its database may be touched. */
  home: string | null;
}

const READY_WITHIN_MS = 120_000;

/** The contents of a stack's `running.json`. */
export interface Running {
  url: string | null;
  databaseUrl?: string;
  services?: Record<string, number | null>;
  addresses?: Record<string, string | null>;
}

export function readRunning(home: string): Running | null {
  try {
    return JSON.parse(readFileSync(path.join(home, 'running.json'), 'utf8')) as Running;
  } catch {
    return null;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs `npm start` on free ports with a temporary state folder; `dist/` must be built. */
export async function startOwnStack(
  name: string,
  variables: Record<string, string>,
): Promise<{ address: StackAddress; close(): Promise<void> }> {
  const home = mkdtempSync(path.join(tmpdir(), `lumenfall-e2e-${name.toLowerCase()}-`));
  const logFile = `${home}.log`;
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    env: {
      ...withoutProviders(process.env),
      ...{
        LUMENFALL_HOME: home,
        PORT: '0',
        LOG_LEVEL: 'info',
        SKIP_BUILD: '1',
        QUEUE_URL: '',
        QUEUE_STALL_MS: '3000',
        HOLD_REVIEW_MS: '5000',
        NODE_OPTIONS: '',
      },
      ...variables,
    },
    stdio: ['ignore', log, log],
  });
  let ended = false;
  const end = new Promise<void>((resolve) => child.once('exit', () => resolve(void (ended = true))));
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    const killed = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await end;
    clearTimeout(killed);
    rmSync(home, { recursive: true, force: true });
    if (!process.env['KEEP_E2E_LOGS']) rmSync(logFile, { force: true });
  };

  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && !ended) {
    const url = readRunning(home)?.url;
    const apiKey = readKey(home);
    if (url && apiKey && (await isReady(url))) return { address: { name, baseUrl: url, apiKey, home }, close };
    await sleep(100);
  }
  const output = readFileSync(logFile, 'utf8').split('\n').slice(-30).join('\n');
  await close();
  throw new Error(`The stack on ${name} did not start:\n${output}`);
}

/**
 * These tests must not cost money: the developer's keys are emptied, which counts as unset and also wins over `.env`.
 */
function withoutProviders(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const documented = [...readFileSync('.env.example', 'utf8').matchAll(/^#? ?([A-Z_]+)=/gm)].map(
    ([, name = '']) => name,
  );
  const ofProviders = /(_API_KEY|_API_TOKEN|_BASE_URL|^FAL_KEY|^GOOGLE_APPLICATION_CREDENTIALS|^VERTEX_[A-Z]+)$/;
  const names = documented.filter((name) => ofProviders.test(name) && !name.startsWith('LUMENFALL_'));
  if (names.length < 10) throw new Error('.env.example does not list the keys of the providers any more.');
  return { ...env, ...Object.fromEntries(names.map((name) => [name, ''])) };
}

function readKey(home: string): string | null {
  try {
    return readFileSync(path.join(home, 'api-key'), 'utf8').trim();
  } catch {
    return null;
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
