import axios, { type AxiosResponse } from 'axios';
import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { CallClock } from './time-limits.js';
import type { WatchedTransport } from './transport.js';

const MAX_REDIRECTS = 3;

/** By which connections an address may be fetched, and with which headers; null where it may not. */
export type JudgeAddress = (
  url: string,
) => { agents: { httpAgent: HttpAgent; httpsAgent: HttpsAgent }; headers?: Record<string, string> } | null;

export type Followed =
  | { outcome: 'answered'; answer: AxiosResponse<IncomingMessage> }
  | { outcome: 'refused-address' }
  | { outcome: 'unavailable'; status: number }
  | { outcome: 'circles'; status: number };

const client = axios.create({
  headers: { 'User-Agent': 'lumenfall', 'Accept-Encoding': 'identity' },
  responseType: 'stream',
  maxRedirects: 0,
  // A proxy would resolve names itself, past our check of the addresses.
  proxy: false,
  validateStatus: null,
  transformResponse: [],
});

/** GETs a file, and judges its address and that of every redirect. Throws what the network throws. */
export async function followRedirects(
  from: string,
  judge: JudgeAddress,
  clock: CallClock,
  transport: WatchedTransport,
): Promise<Followed> {
  let url = from;
  for (let redirects = 0; ; redirects += 1) {
    const judged = judge(url);
    if (judged === null) return { outcome: 'refused-address' };
    const answer: AxiosResponse<IncomingMessage> = await client.get<IncomingMessage>(url, {
      ...judged.agents,
      ...(judged.headers === undefined ? {} : { headers: judged.headers }),
      signal: clock.signal,
      transport,
    });
    clock.answered();
    const { status, data } = answer;
    if (status >= 200 && status < 300) return { outcome: 'answered', answer };
    data.destroy();
    const location: unknown = answer.headers['location'];
    if (status < 300 || status >= 400 || typeof location !== 'string') return { outcome: 'unavailable', status };
    if (redirects === MAX_REDIRECTS) return { outcome: 'circles', status };
    if (!URL.canParse(location, url)) return { outcome: 'refused-address' };
    url = new URL(location, url).href;
  }
}
