import axios, { type AxiosResponse } from 'axios';
import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { CallClock } from './call-clock.js';
import type { WatchedTransport } from './transport.js';

const MAX_REDIRECTS = 3;

/** The agents and headers to fetch a URL with; null if it must not be fetched. */
export type JudgeAddress = (
  url: string,
) => { agents: { httpAgent: HttpAgent; httpsAgent: HttpsAgent }; headers?: Record<string, string> } | null;

export type Followed =
  | { outcome: 'answered'; answer: AxiosResponse<IncomingMessage> }
  | { outcome: 'refused-address' }
  | { outcome: 'unavailable'; status: number }
  | { outcome: 'too-many-redirects'; status: number };

const client = axios.create({
  headers: { 'User-Agent': 'lumenfall', 'Accept-Encoding': 'identity' },
  responseType: 'stream',
  maxRedirects: 0,
  // A proxy resolves names itself, which would bypass our check of the addresses.
  proxy: false,
  validateStatus: null,
  transformResponse: [],
});

/** GETs a file; checks its URL and that of every redirect. Throws the errors of the network. */
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
    if (redirects === MAX_REDIRECTS) return { outcome: 'too-many-redirects', status };
    if (!URL.canParse(location, url)) return { outcome: 'refused-address' };
    url = new URL(location, url).href;
  }
}
