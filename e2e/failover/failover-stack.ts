import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { apiKeyStore, organizationStore } from '@lumenfall/accounts';
import { openClient } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { unwrap } from '@lumenfall/service-kit';
import { readRunning, startOwnStack } from '../own-stack.js';
import { Stack } from '../stacks.js';
import { SandboxControl } from './sandbox-control.js';

/** A call that hangs costs seconds here, not minutes. */
const LIMITS = { CHAT_FIRST_BYTE_MS: '3000', IMAGE_FIRST_BYTE_MS: '10000' };

export interface FailoverStack {
  stack: Stack;
  sandbox: SandboxControl;
  databaseUrl: string;
  organizationId: string;
  /** Provider calls that the chat workers made, one number for each worker. */
  attemptsByWorker(): Promise<number[]>;
  /** Whether every chat worker reports that the circuit of this offering is open. */
  isBreakerOpen(executedModel: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Starts a stack with two chat workers, the models of this folder, and an organization with enough credit. */
export async function startFailoverStack(name: string, variables: Record<string, string>): Promise<FailoverStack> {
  const CATALOG_DIR = path.join(import.meta.dirname, 'models');
  const { address, close } = await startOwnStack(name, { ...LIMITS, CATALOG_DIR, LOG_LEVEL: 'warn', ...variables });
  let second: ChildProcess | null = null;
  try {
    const running = readRunning(address.home ?? '');
    const { databaseUrl = '', addresses } = running ?? {};
    const sandboxUrl = addresses?.['sandbox'] ?? '';
    const worker = await startChatWorker({
      ...LIMITS,
      QUEUE_URL: variables['QUEUE_URL'] || databaseUrl.replace(/\/[^/]*$/, '/lumenfall_queue'),
      SANDBOX_URL: sandboxUrl,
    });
    second = worker.process;
    const { organizationId, key } = await richOrganization(databaseUrl);
    const workers = [addresses?.['chat-worker'] ?? '', worker.url];
    return {
      stack: new Stack(address).as(key),
      sandbox: new SandboxControl(sandboxUrl),
      databaseUrl,
      organizationId,
      attemptsByWorker: async () => (await Promise.all(workers.map(metricsOf))).map(attemptsIn),
      isBreakerOpen: async (executedModel) =>
        (await Promise.all(workers.map(metricsOf))).every((text) =>
          text.includes(`lumenfall_breaker_open{candidate="${executedModel}@`),
        ),
      async close() {
        second?.kill('SIGTERM');
        await close();
      },
    };
  } catch (error) {
    second?.kill('SIGKILL');
    await close();
    throw error;
  }
}

/** Starts one more chat worker for the stack. */
function startChatWorker(variables: Record<string, string>): Promise<{ process: ChildProcess; url: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'warn', ...variables };
  const child = spawn(process.execPath, ['dist/apps/chat-worker/main.js'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The second chat worker ended with code ${code}.`)));
    child.once('message', (message) => resolve({ process: child, url: (message as { url: string }).url }));
  });
}

async function richOrganization(databaseUrl: string): Promise<{ organizationId: string; key: string }> {
  const client = openClient(databaseUrl, { maxConnections: 2 });
  try {
    const grantMicros = micros(1_000_000_000);
    const { id } = await organizationStore(client).ensure({ slug: 'failover', name: 'Failover', grantMicros });
    return { organizationId: id, key: unwrap(await apiKeyStore(client).create(id, 'failover')).key };
  } finally {
    await client.$disconnect();
  }
}

const metricsOf = async (workerUrl: string): Promise<string> => (await fetch(`${workerUrl}/metrics`)).text();

function attemptsIn(text: string): number {
  const values = [...text.matchAll(/^lumenfall_provider_attempts_total\{[^}]*\} (\d+)/gm)];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
