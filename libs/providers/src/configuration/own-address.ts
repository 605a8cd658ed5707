import { hostname, networkInterfaces } from 'node:os';

/** The variables of a service's own address, as text or parsed. */
export interface OwnAddress {
  PORT?: unknown;
  PUBLIC_URL?: unknown;
}

/**
 * True for a URL of this service itself: its public URL, or its port on this machine. A provider there would send every
 * request back to the gateway. Proxies and container names are not recognised here; the hop header stops those.
 *
 * @param url a valid http(s) URL
 */
export function isOwnAddress(url: string, { PORT, PUBLIC_URL }: OwnAddress): boolean {
  const { origin, protocol, hostname: host, port } = new URL(url);
  if (typeof PUBLIC_URL === 'string' && URL.canParse(PUBLIC_URL) && new URL(PUBLIC_URL).origin === origin) return true;
  const ownPort = Number(PORT ?? 0);
  const usedPort = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return ownPort > 0 && usedPort === ownPort && isThisMachine(host.replace(/^\[|\]$/g, '').toLowerCase());
}

function isThisMachine(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === hostname().toLowerCase()) return true;
  if (/^127\.|^0\.0\.0\.0$|^::1?$|^::ffff:7f/.test(host)) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}
