import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ms, summarise, table } from './figures.mjs';
import { memoryOf, redisMemoryOf, startSubject } from './subject.mjs';

const MODEL = 'gpt-image-1.5';
const FORMS = ['url', 'b64_json'];

/**
 * Measures the latency that the gateway adds to a provider's own for images, and whether its memory grows with them.
 * @returns {Promise<{ text: string, failed: boolean }>} the section of the report
 */
export async function measureImages(root, { short, say }) {
  say('starting the system again, with a provider whose images are ready');
  const provider = fork(path.join(root, 'bench/image-provider.mjs'));
  const [port] = await once(provider, 'message');
  const load = fork(path.join(root, 'bench/load.mjs'), { serialization: 'advanced' });
  const providerUrl = `http://127.0.0.1:${port}`;
  let subject;
  try {
    subject = await startSubject(root, { OPENAI_API_KEY: 'bench', OPENAI_BASE_URL: providerUrl });
    const figures = await measure(subject, { load, providerUrl, short, say });
    const failed = figures.all.some((one) => one.failed > 0);
    for (const { failures } of figures.all) {
      if (Object.keys(failures).length > 0) console.error(`images failed, by status: ${JSON.stringify(failures)}`);
    }
    return { text: report(figures), failed };
  } finally {
    await subject?.close();
    load.kill();
    provider.kill();
  }
}

async function measure(subject, { load, providerUrl, short, say }) {
  const direct = { url: `${providerUrl}/images/generations`, headers: {} };
  const gateway = {
    url: `${subject.url}/openai/v1/images/generations`,
    headers: { authorization: `Bearer ${subject.apiKey}` },
  };
  const all = [];
  const run = async (target, prompt, form, limits) => {
    const body = { model: MODEL, prompt, quality: 'low', size: '1024x1024', response_format: form };
    load.send({ ...target, body, ...limits });
    const [result] = await once(load, 'message');
    const figures = summarise(result);
    all.push(figures);
    return figures;
  };
  const durationMs = short ? 2000 : 6000;
  say('warming up');
  for (const form of FORMS) await run(gateway, '1 MB', form, { connections: 2, durationMs: short ? 1000 : 3000 });

  const added = [];
  for (const [prompt, connections] of [
    ['1 MB', 1],
    ['2 MB', 32],
  ]) {
    say(`measuring images of ${prompt}, ${connections} at once`);
    const alone = await run(direct, prompt, 'b64_json', { connections, durationMs });
    for (const form of FORMS) {
      added.push({
        prompt,
        connections,
        form,
        alone,
        through: await run(gateway, prompt, form, { connections, durationMs }),
      });
    }
  }

  const steps = short ? [50, 100, 150, 200] : [500, 1000, 1500, 2000];
  const memory = [await measureMemory(subject, 0)];
  for (const [index, made] of steps.entries()) {
    say(`making ${made} images, then measuring memory`);
    await run(gateway, '1 MB', 'url', { connections: 8, requests: made - (steps[index - 1] ?? 0) });
    memory.push(await measureMemory(subject, made));
  }
  return { all, added, memory };
}

/** Waits for 2 s first, so that memory that is no longer needed has been released. */
async function measureMemory({ processes, redisUrl }, made) {
  await sleep(2000);
  const resident = (name) => memoryOf(processes[name])?.now;
  return { made, worker: resident('image-worker'), gateway: resident('gateway'), redis: await redisMemoryOf(redisUrl) };
}

function report({ added, memory }) {
  const mb = (value) => (value === undefined ? 'unknown' : `${value.toFixed(value < 10 ? 1 : 0)} MB`);
  const times = table(
    ['image', 'answer', 'at once', 'provider p50', 'gateway p50', 'gateway p99', 'added p50', 'images/s'],
    added.map(({ prompt, connections, form, alone, through }) => [
      ...[`PNG, ${prompt}`, form, connections, ms(alone.p50), ms(through.p50), ms(through.p99)],
      ...[ms(through.p50 - alone.p50), Math.round(through.perSecond)],
    ]),
  );
  const resident = table(
    ['images made (1 MB, 8 at once)', 'image-worker', 'gateway', 'Redis, used'],
    memory.map(({ made, worker, gateway, redis }) => [made, mb(worker), mb(gateway), mb(redis)]),
  );
  return ['### Images', times, resident].join('\n\n');
}
