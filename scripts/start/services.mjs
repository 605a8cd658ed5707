import { PROVIDER_VARIABLES } from './settings.mjs';

/** The processes in the order in which they are closed: first those that take work, last the database. */
export const CLOSE_ORDER = [
  ['gateway', 'chat-worker', 'image-worker', 'video-worker'],
  ['billing', 'sandbox'],
  ['postgres'],
];
export const SERVICES = ['sandbox', 'billing', 'gateway', 'chat-worker', 'image-worker', 'video-worker'];

/** Passed only to the processes that need them. */
const SECRETS = [
  ...Object.values(PROVIDER_VARIABLES).flat(),
  'GOOGLE_APPLICATION_CREDENTIALS',
  'OPENAI_COMPATIBLE_API_KEY',
  'DATABASE_URL',
  'QUEUE_URL',
  'ADMIN_TOKEN',
];

/** Of the bucket, if media are kept in one. */
const BUCKET_SECRETS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

const NEEDS = {
  sandbox: [],
  billing: ['database', 'queue'],
  gateway: ['database', 'queue', 'billing', 'providers', 'media', 'admin'],
  'chat-worker': ['queue', 'providers'],
  'image-worker': ['database', 'queue', 'providers', 'media'],
  'video-worker': ['database', 'queue', 'providers', 'media'],
};

/**
 * The environment of one service: the variables of the start script, the addresses of this run, and of the secrets only
 * those that it needs.
 * @param {string} name
 * @param {Record<string, string>} env
 * @param {{ databaseUrl: string, queueUrl: string, billingPort: number, sandboxPort: number, gatewayHost: string,
 *   gatewayPort: number, publicUrl: string, mediaDir: string }} run
 */
export function environmentOf(name, env, run) {
  const needs = NEEDS[name];
  const secrets = [...SECRETS, ...BUCKET_SECRETS];
  const own = Object.fromEntries(Object.entries(env).filter(([variable]) => !secrets.includes(variable)));
  const given = (variables) => Object.fromEntries(variables.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
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
    ...has('media', { MEDIA_DIR: run.mediaDir, ...given(BUCKET_SECRETS) }),
    ...has('admin', given(['ADMIN_TOKEN'])),
    ...has('providers', {
      SANDBOX_URL: `http://127.0.0.1:${run.sandboxPort}`,
      ...given(SECRETS.filter((variable) => !/DATABASE|QUEUE|ADMIN/.test(variable))),
    }),
  };
}
