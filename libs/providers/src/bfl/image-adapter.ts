import { awaitJob, failed, httpOf, QUICK, within, type Dialect } from '../http/index.js';
import type { ImageGeneration, ImageProvider, ProviderEndpoint } from '../spec/index.js';
import { readBflRefusal } from './errors.js';
import { bflImageRequest } from './image-request.js';
import { placeOf, readState, readSubmitted } from './task.js';

const dialect: Dialect = {
  authorize: (apiKey) => ({ 'x-key': apiKey }),
  readRefusal: readBflRefusal,
};
const http = httpOf(dialect);

/** The same credential at another of the provider's own hosts; few hosts, so each is prepared once. */
const elsewhere = new WeakMap<ProviderEndpoint, Map<string, ProviderEndpoint>>();

function endpointAt(endpoint: ProviderEndpoint, baseUrl: string): ProviderEndpoint {
  let hosts = elsewhere.get(endpoint);
  if (hosts === undefined) elsewhere.set(endpoint, (hosts = new Map()));
  let there = hosts.get(baseUrl);
  if (there === undefined) hosts.set(baseUrl, (there = { ...endpoint, baseUrl }));
  return there;
}

/** Submits, is told the cost, and polls the host that took the task. A task cannot be cancelled there. */
export const bflImages: ImageProvider = {
  maxImagesPerCall: 1,
  async generate(request, context) {
    const limits = within(context.limits, QUICK);
    const answer = await http(context).json(
      {
        method: 'POST',
        target: `/${encodeURIComponent(context.model)}`,
        body: bflImageRequest(request, context),
        limits,
        unrepeatable: 'unless-reset',
      },
      context.signal,
    );
    if (!answer.ok) return answer;
    const task = readSubmitted(answer.value.body);
    if (task === null) return failed('ambiguous', 'The provider accepted the job without naming it');
    const { baseUrl, target } = placeOf(task, context.endpoint);
    const there = { endpoint: endpointAt(context.endpoint, baseUrl) };
    return await awaitJob<ImageGeneration>(
      {
        async ask({ signal }) {
          const asked = await http(there).json({ method: 'GET', target, limits }, signal);
          return asked.ok ? readState(asked.value.body, task.costUsd) : asked;
        },
        cancel: async () => undefined,
      },
      context,
    );
  },
};
