import type { PlannedOffering, ProviderSlug, RequestContext } from '@lumenfall/contracts';
import type { CallContext, ProviderAdapters, ProviderEndpoint } from '@lumenfall/providers';

/** An adapter and the endpoint, with its credential, that it calls. */
export interface ProviderClient<A> {
  adapter: A;
  endpoint: ProviderEndpoint;
}

/** One client per credential; none if there is no credential for the provider, or no adapter of this kind. */
export type FindClients<A> = (provider: ProviderSlug) => readonly ProviderClient<A>[];

const NO_CLIENTS: readonly never[] = [];

/** The clients for one kind of work, by provider. */
export function providerClients<K extends keyof ProviderAdapters>(
  kind: K,
  adapters: Readonly<Record<ProviderSlug, ProviderAdapters>>,
  endpoints: readonly ProviderEndpoint[],
): FindClients<NonNullable<ProviderAdapters[K]>> {
  const clients = new Map<ProviderSlug, ProviderClient<NonNullable<ProviderAdapters[K]>>[]>();
  for (const endpoint of endpoints) {
    const adapter = adapters[endpoint.provider][kind];
    if (adapter === undefined) continue;
    const known = clients.get(endpoint.provider);
    if (known === undefined) clients.set(endpoint.provider, [{ adapter, endpoint }]);
    else known.push({ adapter, endpoint });
  }
  return (provider) => clients.get(provider) ?? NO_CLIENTS;
}

/** The client with this credential, else another one of the provider; null without any. */
export function clientOf<A>(
  clients: FindClients<A>,
  provider: ProviderSlug,
  credential: string | null,
): ProviderClient<A> | null {
  const [first = null, ...others] = clients(provider);
  return [first, ...others].find((client) => client?.endpoint.credential === credential) ?? first;
}

export function callContextOf(
  { requestId }: Pick<RequestContext, 'requestId'>,
  offering: PlannedOffering,
  endpoint: ProviderEndpoint,
  { limits, signal }: Pick<CallContext, 'limits' | 'signal'>,
): CallContext {
  return { endpoint, model: offering.providerModel, parameters: offering.parameters, requestId, limits, signal };
}
