import type { PlannedOffering, ProviderSlug, RequestContext } from '@lumenfall/contracts';
import type { CallContext, ProviderAdapters, ProviderEndpoint } from '@lumenfall/providers';

/** An adapter of one kind, and where and with which key it reaches its provider. */
export interface ProviderClient<A> {
  adapter: A;
  endpoint: ProviderEndpoint;
}

/** One for each credential; none where this process has no key for the provider, or the provider offers nothing of the kind. */
export type FindClients<A> = (provider: ProviderSlug) => readonly ProviderClient<A>[];

const NO_DOORS: readonly never[] = [];

/** The providers that offer one kind of work and that this process can reach. */
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
  return (provider) => clients.get(provider) ?? NO_DOORS;
}

/** The client that a piece of work was handed in at; should its key be gone, any other of that provider. Null without any. */
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
