import type { PlannedOffering, ProviderSlug, RequestFacts } from '@lumenfall/contracts';
import type { CallContext, ProviderAdapters, ProviderEndpoint } from '@lumenfall/providers';

/** An adapter of one kind, and where and with which key it reaches its provider. */
export interface ProviderDoor<A> {
  adapter: A;
  endpoint: ProviderEndpoint;
}

/** One for each credential; none where this process has no key for the provider, or the provider offers nothing of the kind. */
export type FindDoors<A> = (provider: ProviderSlug) => readonly ProviderDoor<A>[];

const NO_DOORS: readonly never[] = [];

/** The providers that offer one kind of work and that this process can reach. */
export function providerDoors<K extends keyof ProviderAdapters>(
  kind: K,
  adapters: Readonly<Record<ProviderSlug, ProviderAdapters>>,
  endpoints: readonly ProviderEndpoint[],
): FindDoors<NonNullable<ProviderAdapters[K]>> {
  const doors = new Map<ProviderSlug, ProviderDoor<NonNullable<ProviderAdapters[K]>>[]>();
  for (const endpoint of endpoints) {
    const adapter = adapters[endpoint.provider][kind];
    if (adapter === undefined) continue;
    const known = doors.get(endpoint.provider);
    if (known === undefined) doors.set(endpoint.provider, [{ adapter, endpoint }]);
    else known.push({ adapter, endpoint });
  }
  return (provider) => doors.get(provider) ?? NO_DOORS;
}

/** The door that a piece of work was handed in at; should its key be gone, any other of that provider. Null without any. */
export function doorOf<A>(
  doors: FindDoors<A>,
  provider: ProviderSlug,
  credential: string | null,
): ProviderDoor<A> | null {
  const [first = null, ...others] = doors(provider);
  return [first, ...others].find((door) => door?.endpoint.credential === credential) ?? first;
}

export function callContextOf(
  { requestId }: Pick<RequestFacts, 'requestId'>,
  offering: PlannedOffering,
  endpoint: ProviderEndpoint,
  { limits, signal }: Pick<CallContext, 'limits' | 'signal'>,
): CallContext {
  return { endpoint, model: offering.providerModel, parameters: offering.parameters, requestId, limits, signal };
}
