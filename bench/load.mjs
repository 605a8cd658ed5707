/**
 * The load generator: one process, started by bench.mjs with an IPC channel. It keeps a number of connections busy, one
 * request after the other on each, over plain sockets: on a machine that also runs everything that is measured, an
 * ordinary HTTP client would use more processor time than the gateway.
 */
import { connect } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = Buffer.from('0\r\n\r\n');

/** @returns {Buffer} the request, the same bytes every time */
function requestOf({ url, headers, body }) {
  const { host, pathname } = new URL(url);
  const text = JSON.stringify(body);
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return Buffer.from(`${lines.join('\r\n')}${END_OF_HEAD}${text}`);
}

/** Parses the answers of one connection: whether the first event of a stream, and the whole answer, has arrived. */
class Answer {
  reset() {
    this.head = '';
    this.status = 0;
    this.left = -1;
    this.tail = Buffer.alloc(0);
    this.begun = false;
  }

  /** @returns {boolean} whether the answer is complete */
  take(data) {
    let body = data;
    if (this.status === 0) {
      this.head += data.toString('latin1');
      const end = this.head.indexOf(END_OF_HEAD);
      if (end === -1) return false;
      this.status = Number(this.head.slice(9, 12));
      const length = /\r\ncontent-length: (\d+)/i.exec(this.head.slice(0, end));
      this.left = length === null ? -1 : Number(length[1]);
      body = Buffer.from(this.head.slice(end + END_OF_HEAD.length), 'latin1');
    }
    if (body.length > 0 && !this.begun) this.begun = this.left !== -1 || body.includes('data: {');
    if (this.left !== -1) {
      this.left -= body.length;
      return this.left <= 0;
    }
    this.tail = Buffer.concat([this.tail, body]).subarray(-END_OF_CHUNKS.length);
    return this.tail.equals(END_OF_CHUNKS);
  }
}

/** Sends requests on one connection while `more` returns true. */
function keepBusy(request, { hostname, port }, more, report) {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const answer = new Answer();
    let since = 0;
    let first = 0;
    const send = () => {
      if (!more()) return socket.end();
      answer.reset();
      first = 0;
      since = performance.now();
      return socket.write(request);
    };
    socket.on('connect', send);
    socket.on('data', (data) => {
      const complete = answer.take(data);
      if (first === 0 && answer.begun) first = performance.now() - since;
      if (!complete) return;
      report(performance.now() - since, first, answer.status);
      send();
    });
    socket.on('error', () => report(0, 0, 0));
    socket.on('close', resolve);
  });
}

async function run(job) {
  const request = requestOf(job);
  const times = [];
  const firsts = [];
  const failures = {};
  const began = performance.now();
  const until = began + (job.durationMs ?? Infinity);
  let left = job.requests ?? Infinity;
  const more = () => performance.now() < until && left-- > 0;
  const report = (total, first, status) => {
    if (status !== 200) failures[status] = (failures[status] ?? 0) + 1;
    else {
      times.push(total);
      firsts.push(first);
    }
  };
  await Promise.all(Array.from({ length: job.connections }, () => keepBusy(request, new URL(job.url), more, report)));
  return { times, firsts, failures, tookMs: performance.now() - began };
}

process.on('message', async (job) => process.send(await run(job)));
process.on('disconnect', () => process.exit(0));
