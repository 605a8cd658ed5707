import type { ProviderEndpoint } from '../spec/index.js';

/** True for an address behind the endpoint's scheme, host and port: the only place its key may go. */
export function onOwnOrigin(url: string, endpoint: Pick<ProviderEndpoint, 'baseUrl'>): boolean {
  // Nearly every call: an address built from the base URL itself.
  if (url.startsWith(`${endpoint.baseUrl}/`)) return true;
  const origin = originOf(url);
  return origin !== null && origin === originOf(endpoint.baseUrl);
}

function originOf(url: string): string | null {
  // Credentials in an address would replace ours.
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed === null || parsed.username !== '' || parsed.password !== '' ? null : parsed.origin;
}
