/**
 * `node bench/axios-cost.mjs`: the CPU and the time of one JSON call through axios, by its Node adapter and by an
 * instance of `axios.create`. The figures are in `docs/decisions/02-http.md`.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import axios from 'axios';

const CALLS = 4_000;
const LANES = 16;
const ROUNDS = 5;

if (process.argv[2] === 'server') serve();
else await measure();

function serve() {
  const body = JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'Hi there, '.repeat(20) } }] });
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(body));
  });
  server.listen(0, '127.0.0.1', () => process.send?.(server.address().port));
}

async function measure() {
  const server = fork(import.meta.filename, ['server']);
  const [port] = await once(server, 'message');
  const ways = waysTo(`http://127.0.0.1:${port}`);
  const figures = new Map(Object.keys(ways).map((name) => [name, []]));
  for (const call of Object.values(ways)) await run(call);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(ways)) figures.get(name)?.push(await run(call));
  }
  for (const [name, rounds] of figures) {
    const cpu = median(rounds.map((one) => one.cpuUs));
    const time = median(rounds.map((one) => one.timeUs));
    console.log(`${name.padEnd(24)} ${cpu.toFixed(0)} µs of CPU, ${time.toFixed(0)} µs of time a call`);
  }
  server.kill();
}

function waysTo(baseURL) {
  const settings = {
    httpAgent: new http.Agent({ keepAlive: true, maxFreeSockets: 512, scheduling: 'lifo', keepAliveMsecs: 60_000 }),
    proxy: false,
    responseType: 'stream',
    maxRedirects: 0,
    validateStatus: null,
  };
  const headers = {
    Authorization: 'Bearer key',
    'User-Agent': 'lumenfall',
    'Accept-Encoding': 'identity',
    'Content-Type': 'application/json',
  };
  const data = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello '.repeat(40) }], stream: true });
  const url = '/v1/chat/completions';
  const adapter = axios.getAdapter('http');
  const bare = axios.create({ ...settings, headers, transformRequest: [], transformResponse: [] });
  const usual = axios.create({ ...settings, headers, baseURL });
  // As in `ProviderHttp`, each call has a signal and a transport of its own.
  const own = () => ({
    method: 'POST',
    data,
    transport: { request: (options, onAnswer) => http.request(options, onAnswer) },
    signal: new AbortController().signal,
  });
  return {
    'the adapter': () => adapter({ ...settings, ...own(), url: baseURL + url, headers }),
    'a bare instance': () => bare.request({ ...own(), url: baseURL + url }),
    'an instance with baseURL': () => usual.request({ ...own(), url }),
  };
}

/** One round of calls, a few at a time. */
async function run(call) {
  let left = CALLS;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const lane = async () => {
    while (left-- > 0) for await (const _piece of (await call()).data);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: (user + system) / CALLS, timeUs: ((performance.now() - startedAt) * 1000) / CALLS };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
