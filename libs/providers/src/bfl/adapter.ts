import { awaitJob, httpOf, QUICK, within, type Dialect } from '../http/index.js';
import { withoutJobId } from '../media/job-answer.js';
import type { ImageGeneration, ImageProvider, ProviderAdapters, ProviderEndpoint } from '../spec/index.js';
import { readBflRefusal } from './errors.js';
import { pollAddressOf, readState, readSubmitted } from './image-answer.js';
import { bflImageRequest } from './image-request.js';

const dialect: Dialect = {
  authorize: (apiKey) => ({ 'x-key': apiKey }),
  readRefusal: readBflRefusal,
};
const http = httpOf(dialect);

/** The same credential at the provider's regional hosts. They are few, so each has its client prepared once. */
const regionalEndpoints = new WeakMap<ProviderEndpoint, Map<string, ProviderEndpoint>>();

function endpointAt(endpoint: ProviderEndpoint, baseUrl: string): ProviderEndpoint {
  let hosts = regionalEndpoints.get(endpoint);
  if (hosts === undefined) regionalEndpoints.set(endpoint, (hosts = new Map()));
  let regional = hosts.get(baseUrl);
  if (regional === undefined) hosts.set(baseUrl, (regional = { ...endpoint, baseUrl }));
  return regional;
}

/** Submits, reads the cost, and polls the host that accepted the task. Tasks cannot be cancelled. */
const image: ImageProvider = {
  maxImagesPerCall: 1,
  // The cost of a task comes in USD, not as an amount of anything.
  reports: [],
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
    if (task === null) return withoutJobId(answer.value.body, http(context));
    const { baseUrl, target } = pollAddressOf(task, context.endpoint);
    const regional = http({ endpoint: endpointAt(context.endpoint, baseUrl) });
    return await awaitJob<ImageGeneration>(
      {
        async poll({ signal }) {
          const polled = await regional.json({ method: 'GET', target, limits }, signal);
          return polled.ok ? readState(polled.value.body, task.costUsd, regional) : polled;
        },
        cancel: async () => undefined,
      },
      context,
    );
  },
};

export const bfl = { image } satisfies ProviderAdapters;
