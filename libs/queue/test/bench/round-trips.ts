/**
 * Round trips of a job and its answer (add -> worker -> reply) between two processes over the engine behind a URL.
 *
 *   npx esbuild libs/queue/test/bench/round-trips.ts --bundle --packages=external --platform=node --format=esm \
 *     --tsconfig=tsconfig.base.json --outfile=dist/bench/round-trips.mjs
 *   node dist/bench/round-trips.mjs redis://127.0.0.1:6379 [seconds]
 */
import { newRequestId } from '@lumenfall/contracts';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { openQueueEngine } from '../../src/index.js';
import { aChatJob, textPart } from '../chat-job.js';

const [url = '', seconds = '5', role = 'gateway'] = process.argv.slice(2);
const engine = await openQueueEngine(url, { onError: (error) => process.stderr.write(`${error.message}\n`) });
await (role === 'worker' ? answerJobs() : measure());

async function answerJobs(): Promise<void> {
  const outbox = await engine.openOutbox();
  await engine.work({
    queue: 'chat',
    concurrency: 256,
    handlers: {
      'chat.complete': ({ requestContext: { requestId }, replyTo }, { run }) =>
        outbox.send(replyTo, { requestId, run, seq: 0, parts: [textPart('Hello')] }),
    },
  });
  process.on('message', () => process.send?.(process.cpuUsage()));
  process.send?.('ready');
}

async function measure(): Promise<void> {
  const script = process.argv[1] ?? '';
  const worker = fork(script, [url, seconds, 'worker']);
  await new Promise((resolve) => worker.once('message', resolve));
  const inbox = await engine.openInbox();
  const producer = engine.producer();

  const roundTrip = async (): Promise<void> => {
    const job = aChatJob(inbox.address, newRequestId());
    const id = job.requestContext.requestId;
    await new Promise<void>((resolve, reject) => {
      const listener = inbox.listen(id, () => {
        listener.close();
        resolve();
      });
      producer.enqueue('chat.complete', job, { id }).catch(reject);
    });
  };
  for (const atOnce of [1, 1, 32, 128]) {
    const took: number[] = [];
    const [gatewayBefore, workerBefore] = [process.cpuUsage(), await cpuOf(worker)];
    const until = performance.now() + Number(seconds) * 1000;
    const client = async (): Promise<void> => {
      for (let now = performance.now(); now < until; now = performance.now()) {
        await roundTrip();
        took.push(performance.now() - now);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, client));
    const gatewayCpu = cpuMicros(process.cpuUsage(gatewayBefore)) / took.length;
    const workerCpu = (cpuMicros(await cpuOf(worker)) - cpuMicros(workerBefore)) / took.length;
    took.sort((a, b) => a - b);
    const at = (share: number): string => (took[Math.floor(took.length * share)] ?? 0).toFixed(2);
    const speed = `${Math.round(took.length / Number(seconds))}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
    const cpu = `gateway ${Math.round(gatewayCpu)} us, worker ${Math.round(workerCpu)} us`;
    process.stdout.write(`${atOnce} at once: ${speed}; CPU per round trip: ${cpu}\n`);
  }
  worker.kill();
  process.exit(0);
}

/** What a process has used so far; unlike times, it does not depend on what else runs on the machine. */
function cpuOf(worker: ChildProcess): Promise<NodeJS.CpuUsage> {
  return new Promise((resolve) => {
    worker.once('message', (usage) => resolve(usage as NodeJS.CpuUsage));
    worker.send('usage');
  });
}

function cpuMicros({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
