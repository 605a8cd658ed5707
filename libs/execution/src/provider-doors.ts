import type { PlannedOffering, ProviderSlug, RequestFacts } from '@lumenfall/contracts';
import type { CallContext, ProviderAdapters, ProviderEndpoint } from '@lumenfall/providers';

/** An adapter of one kind, and where and with which key it reaches its provider. */
export interface ProviderDoor<A> {
  adapter: A;
  endpoint: ProviderEndpoint;
}

/** Null where this process has no key for the provider, or the provider offers nothing of the kind. */
export type FindDoor<A> = (provider: ProviderSlug) => ProviderDoor<A> | null;

/** The providers that offer one kind of work and that this process can reach. */
export function providerDoors<K extends keyof ProviderAdapters>(
  kind: K,
  adapters: Readonly<Record<ProviderSlug, ProviderAdapters>>,
  endpoints: readonly ProviderEndpoint[],
): FindDoor<NonNullable<ProviderAdapters[K]>> {
  const doors = new Map<ProviderSlug, ProviderDoor<NonNullable<ProviderAdapters[K]>>>();
  for (const endpoint of endpoints) {
    const adapter = adapters[endpoint.provider][kind];
    if (adapter !== undefined) doors.set(endpoint.provider, { adapter, endpoint });
  }
  return (provider) => doors.get(provider) ?? null;
}

export function callContextOf(
  { requestId }: Pick<RequestFacts, 'requestId'>,
  offering: PlannedOffering,
  endpoint: ProviderEndpoint,
  { limits, signal }: Pick<CallContext, 'limits' | 'signal'>,
): CallContext {
  return { endpoint, model: offering.providerModel, parameters: offering.parameters, requestId, limits, signal };
}
