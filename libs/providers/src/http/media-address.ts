import { isIP } from 'node:net';
import type { ProviderEndpoint } from '../spec/index.js';
import { onOwnOrigin } from './own-origin.js';
import { isPublicAddress } from './public-addresses.js';

/**
 * How an address of a file may be fetched: `own` is the endpoint's own origin, which the operator chose (key allowed,
 * any network); `open` is the sandbox's world; `public` needs https and a public address; null is refused.
 */
export function judgeMediaAddress(url: string, endpoint: ProviderEndpoint): 'own' | 'open' | 'public' | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return null;
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  if (onOwnOrigin(url, endpoint)) return 'own';
  if (endpoint.sandbox) return 'open';
  if (protocol !== 'https:') return null;
  const literal = hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) !== 0 && !isPublicAddress(literal) ? null : 'public';
}
