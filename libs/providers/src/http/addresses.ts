import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { ProviderEndpoint } from '../spec/index.js';

/** True for a URL with the scheme, host and port of the endpoint: the provider's key goes nowhere else. */
export function onOwnOrigin(url: string, endpoint: Pick<ProviderEndpoint, 'baseUrl'>): boolean {
  // The shortcut covers nearly every call: URLs built from the base URL.
  if (url.startsWith(`${endpoint.baseUrl}/`)) return true;
  const origin = originOf(url);
  return origin !== null && origin === originOf(endpoint.baseUrl);
}

function originOf(url: string): string | null {
  // Credentials in a URL would replace ours.
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed === null || parsed.username !== '' || parsed.password !== '' ? null : parsed.origin;
}

/**
 * How a file may be fetched. `own`: on the endpoint's origin, which the operator chose (with the key, on any network).
 * `open`: any address, for the sandbox. `public`: https and a public address. Null: not at all.
 */
export function judgeMediaAddress(url: string, endpoint: ProviderEndpoint): 'own' | 'open' | 'public' | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return null;
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  if (onOwnOrigin(url, endpoint)) return 'own';
  if (endpoint.sandbox) return 'open';
  return protocol === 'https:' && mayBePublic(hostname) ? 'public' : null;
}

/** False for a literal address that is not public. A name is checked when it is resolved: see `publicLookup`. */
export function mayBePublic(hostname: string): boolean {
  const literal = hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) === 0 || isPublicAddress(literal);
}

const NOT_PUBLIC = new BlockList();
const RANGES_4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT, and some clouds' metadata
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local, cloud metadata
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const RANGES_6: [string, number][] = [
  ['::', 96], // unspecified, loopback, and the old IPv4-compatible form
  ['64:ff9b::', 96], // translated IPv4 hides its target
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23], // Teredo and other special uses
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];
for (const [net, bits] of RANGES_4) NOT_PUBLIC.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of RANGES_6) NOT_PUBLIC.addSubnet(net, bits, 'ipv6');

/** False for loopback, private, link-local, reserved and multicast addresses, in either family and in mapped form. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  // A BlockList checks IPv4-mapped IPv6 addresses (::ffff:10.0.0.1) against its IPv4 ranges too.
  return !NOT_PUBLIC.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

export class PrivateAddressError extends Error {
  readonly code = 'ERR_PRIVATE_ADDRESS';
}

/**
 * Resolves a name, and fails if any of its addresses is not public. It is the `lookup` of the connection itself, so the
 * address that is checked is the address that is used, whatever a second query would return.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, '', 0);
    const first = addresses[0];
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(new PrivateAddressError('The address is not public'), '', 0);
    }
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

/** Connections to public addresses only. Literal addresses skip the look-up: check them with `mayBePublic`. */
export const publicAgents = {
  httpAgent: new http.Agent({ lookup: publicLookup }),
  httpsAgent: new https.Agent({ lookup: publicLookup }),
};
