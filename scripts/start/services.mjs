import { PROVIDER_VARIABLES } from './settings.mjs';

/** The processes of the system in the order in which they are stopped: who takes work first, what it rests on last. */
export const STOP_ORDER = [
  ['gateway', 'chat-worker', 'image-worker', 'video-worker'],
  ['billing', 'sandbox'],
  ['postgres'],
];
export const SERVICES = ['sandbox', 'billing', 'gateway', 'chat-worker', 'image-worker', 'video-worker'];

/** Never handed to a process that has no use for them. */
const SECRETS = [...Object.values(PROVIDER_VARIABLES), 'OPENAI_COMPATIBLE_API_KEY', 'DATABASE_URL', 'QUEUE_URL'];

const NEEDS = {
  sandbox: [],
  billing: ['database', 'queue'],
  gateway: ['database', 'queue', 'billing', 'providers', 'media'],
  'chat-worker': ['queue', 'providers'],
  'image-worker': ['queue', 'providers', 'media'],
  'video-worker': ['database', 'queue', 'providers', 'media'],
};

/**
 * The environment of one service: what was set outside, the addresses of this run, and of the secrets only those
 * that it needs.
 * @param {string} name
 * @param {Record<string, string>} env
 * @param {{ databaseUrl: string, queueUrl: string, billingPort: number, sandboxPort: number, gatewayHost: string, gatewayPort: number, publicUrl: string, mediaDir: string }} run
 */
export function environmentOf(name, env, run) {
  const needs = NEEDS[name];
  const own = Object.fromEntries(Object.entries(env).filter(([variable]) => !SECRETS.includes(variable)));
  const has = (need, values) => (needs.includes(need) ? values : {});
  const ports = { gateway: run.gatewayPort, billing: run.billingPort, sandbox: run.sandboxPort };
  return {
    SHUTDOWN_GRACE_MS: '4000',
    ...own,
    HOST: name === 'gateway' ? run.gatewayHost : '127.0.0.1',
    PORT: String(ports[name] ?? 0),
    ...has('database', { DATABASE_URL: run.databaseUrl }),
    ...has('queue', { QUEUE_URL: run.queueUrl }),
    ...has('billing', { BILLING_URL: `http://127.0.0.1:${run.billingPort}`, PUBLIC_URL: run.publicUrl }),
    ...has('media', { MEDIA_DIR: run.mediaDir }),
    ...has('providers', {
      SANDBOX_URL: `http://127.0.0.1:${run.sandboxPort}`,
      ...Object.fromEntries(
        SECRETS.filter((variable) => !/DATABASE|QUEUE/.test(variable) && env[variable]).map((variable) => [
          variable,
          env[variable],
        ]),
      ),
    }),
  };
}
