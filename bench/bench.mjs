/**
 * `npm run bench [-- --short] [-- --images] [-- --write]`: the latency that the gateway adds to a provider's own, its
 * throughput and its memory; with `--images` for images only. Everything runs on this machine: the system on Redis, the
 * sandbox as provider, and the load generator. `--write` adds the figures to docs/benchmarks.md.
 */
import { fork } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { explain } from '../scripts/start/operator-error.mjs';
import { build, install } from '../scripts/start/prepare.mjs';
import { ms, summarise, table } from './figures.mjs';
import { measureImages } from './images.mjs';
import { memoryOf, startSubject } from './subject.mjs';

const root = path.resolve(import.meta.dirname, '..');
const short = process.argv.includes('--short');
const MEASURE_MS = short ? 2000 : 6000;
const TARGETS = { addedP50: 3, perSecond: 1000, memory: 160 };
const MODEL = 'google/gemini-3-flash-preview';
const SERVICES = ['gateway', 'chat-worker', 'image-worker', 'video-worker', 'billing', 'sandbox'];

const say = (text) => console.log(text);
const body = (stream) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'Hello' }],
  ...(stream && { stream: true }),
});

async function measureAll(subject, load) {
  const direct = {
    url: `${subject.sandboxUrl}/openrouter/chat/completions`,
    headers: { authorization: 'Bearer sandbox' },
  };
  const gateway = {
    url: `${subject.url}/openai/v1/chat/completions`,
    headers: { authorization: `Bearer ${subject.apiKey}` },
  };
  const measure = (target, connections, { stream = false, durationMs = MEASURE_MS } = {}) =>
    new Promise((resolve) => {
      load.once('message', (result) => resolve(summarise(result)));
      load.send({ ...target, body: body(stream), connections, durationMs });
    });

  say('warming up');
  for (const connections of [1, 32]) {
    for (const target of [direct, gateway]) await measure(target, connections, { durationMs: short ? 1500 : 3000 });
  }
  const results = { plain: [], stream: [] };
  for (const connections of [1, 32, 64, 128]) {
    say(`measuring ${connections} at once`);
    results.plain.push({
      connections,
      direct: await measure(direct, connections),
      gateway: await measure(gateway, connections),
    });
  }
  for (const connections of [1, 32]) {
    say(`measuring streams, ${connections} at once`);
    const stream = { stream: true };
    results.stream.push({
      connections,
      direct: await measure(direct, connections, stream),
      gateway: await measure(gateway, connections, stream),
    });
  }
  return results;
}

function report(results, memory) {
  const plain = table(
    [
      'chats at once',
      'direct p50',
      'direct p99',
      'gateway p50',
      'gateway p99',
      'added p50',
      'added p99',
      'direct/s',
      'gateway/s',
    ],
    results.plain.map(({ connections, direct, gateway }) => [
      ...[connections, ms(direct.p50), ms(direct.p99), ms(gateway.p50), ms(gateway.p99)],
      ...[
        ms(gateway.p50 - direct.p50),
        ms(gateway.p99 - direct.p99),
        Math.round(direct.perSecond),
        Math.round(gateway.perSecond),
      ],
    ]),
  );
  const stream = table(
    ['streams at once', 'direct first p50', 'gateway first p50', 'gateway first p99', 'gateway whole p50', 'gateway/s'],
    results.stream.map(({ connections, direct, gateway }) => [
      ...[
        connections,
        ms(direct.firstP50),
        ms(gateway.firstP50),
        ms(gateway.firstP99),
        ms(gateway.p50),
        Math.round(gateway.perSecond),
      ],
    ]),
  );
  const resident = table(
    ['process', 'resident', 'at most'],
    memory.map(({ name, now, peak }) => [name, `${Math.round(now)} MB`, `${Math.round(peak)} MB`]),
  );
  const addedP50 = results.plain[0].gateway.p50 - results.plain[0].direct.p50;
  const perSecond = Math.max(...results.plain.map(({ gateway }) => gateway.perSecond));
  const heaviest = Math.max(...memory.filter(({ name }) => SERVICES.includes(name)).map(({ now }) => now));
  const verdict = (met) => (met ? 'met' : 'missed');
  const targets = table(
    ['target', 'wanted', 'measured', ''],
    [
      ['added p50, one at a time', `<= ${TARGETS.addedP50} ms`, ms(addedP50), verdict(addedP50 <= TARGETS.addedP50)],
      ['chats per second', `>= ${TARGETS.perSecond}`, Math.round(perSecond), verdict(perSecond >= TARGETS.perSecond)],
      [
        'memory of the heaviest service',
        `<= ${TARGETS.memory} MB`,
        `${Math.round(heaviest)} MB`,
        verdict(heaviest <= TARGETS.memory),
      ],
    ],
  );
  return [targets, plain, stream, resident].join('\n\n');
}

function headline() {
  let commit = 'uncommitted';
  try {
    commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    // The folder is not a git clone.
  }
  const cores = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  return `${new Date().toISOString().slice(0, 10)}, ${commit}, Node ${process.version}, ${cores}${short ? ', short' : ''}`;
}

/** Writes the figures to the document, newest run first. */
function writeFigures(text) {
  const file = path.join(root, 'docs/benchmarks.md');
  const marker = '<!-- runs, newest first -->';
  const page = readFileSync(file, 'utf8');
  writeFileSync(file, page.replace(marker, `${marker}\n\n## ${headline()}\n\n${text}`));
  say(`written to ${path.relative(process.cwd(), file)}`);
}

async function main() {
  await install({ root, env: process.env, say });
  if (!process.env.SKIP_BUILD) await build({ root, env: process.env, say });
  const chats = process.argv.includes('--images') ? { text: '', failed: false } : await measureChats();
  const images = await measureImages(root, { short, say });
  const text = [chats.text, images.text].filter((part) => part !== '').join('\n\n');
  say(`\n${headline()}\n\n${text}\n`);
  if (chats.failed || images.failed) process.exitCode = 1;
  else if (process.argv.includes('--write')) writeFigures(text);
}

async function measureChats() {
  say('starting the system on Redis');
  const subject = await startSubject(root);
  const load = fork(path.join(import.meta.dirname, 'load.mjs'), { serialization: 'advanced' });
  try {
    const results = await measureAll(subject, load);
    const memory = Object.entries(subject.processes)
      .map(([name, pid]) => ({ name, ...memoryOf(pid) }))
      .filter(({ now }) => now !== undefined);
    const failed = [...results.plain, ...results.stream]
      .flatMap(({ direct, gateway }) => [direct, gateway])
      .filter((figures) => figures.failed > 0);
    for (const { failures } of failed) console.error(`requests failed, by status: ${JSON.stringify(failures)}`);
    return { text: report(results, memory), failed: failed.length > 0 };
  } finally {
    load.kill();
    await subject.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
