import { createHash } from 'node:crypto';
import { fail, PROVIDER_SLUGS, succeed, type ProviderSlug, type Result } from '@lumenfall/contracts';
import type { ProviderEndpoint } from '../spec/index.js';
import { isOwnAddress, type OwnAddress } from './own-address.js';
import { readVertexProject } from './vertex-project.js';

/** The environment, or a service's parsed configuration; the variables of providers are text in both. */
type Environment = OwnAddress & Readonly<Record<string, unknown>>;

interface Variables {
  key: string;
  url: string;
  /** Null if the provider has no public address: setting the URL then enables it. */
  defaultUrl: string | null;
}

const VARIABLES: Record<ProviderSlug, Variables> = {
  openrouter: { key: 'OPENROUTER_API_KEY', url: 'OPENROUTER_BASE_URL', defaultUrl: 'https://openrouter.ai/api/v1' },
  openai: { key: 'OPENAI_API_KEY', url: 'OPENAI_BASE_URL', defaultUrl: 'https://api.openai.com/v1' },
  anthropic: { key: 'ANTHROPIC_API_KEY', url: 'ANTHROPIC_BASE_URL', defaultUrl: 'https://api.anthropic.com/v1' },
  gemini: {
    key: 'GEMINI_API_KEY',
    url: 'GEMINI_BASE_URL',
    defaultUrl: 'https://generativelanguage.googleapis.com/v1beta',
  },
  vertex: { key: 'VERTEX_API_KEY', url: 'VERTEX_BASE_URL', defaultUrl: 'https://aiplatform.googleapis.com/v1' },
  replicate: { key: 'REPLICATE_API_TOKEN', url: 'REPLICATE_BASE_URL', defaultUrl: 'https://api.replicate.com/v1' },
  bfl: { key: 'BFL_API_KEY', url: 'BFL_BASE_URL', defaultUrl: 'https://api.bfl.ai/v1' },
  xai: { key: 'XAI_API_KEY', url: 'XAI_BASE_URL', defaultUrl: 'https://api.x.ai/v1' },
  fireworks: {
    key: 'FIREWORKS_API_KEY',
    url: 'FIREWORKS_BASE_URL',
    defaultUrl: 'https://api.fireworks.ai/inference/v1',
  },
  runware: { key: 'RUNWARE_API_KEY', url: 'RUNWARE_BASE_URL', defaultUrl: 'https://api.runware.ai/v1' },
  fal: { key: 'FAL_KEY', url: 'FAL_BASE_URL', defaultUrl: 'https://queue.fal.run' },
  'openai-compatible': { key: 'OPENAI_COMPATIBLE_API_KEY', url: 'OPENAI_COMPATIBLE_BASE_URL', defaultUrl: null },
};

/**
 * The endpoints of all providers, for the gateway and the workers alike. A provider with a key (`openai-compatible`:
 * with a base URL) is called for real; the others are played by the sandbox if `SANDBOX_URL` is set, and left out
 * otherwise. An empty variable counts as unset. A variable with several keys, separated by commas, makes an endpoint
 * for each. Vertex AI accepts a project and a service account instead of a key.
 *
 * @returns one line for the operator if a URL or a key cannot be used
 */
export function readProviderEndpoints(env: Environment): Result<ProviderEndpoint[], string> {
  const endpoints: ProviderEndpoint[] = [];
  const sandbox = readUrl(env, 'SANDBOX_URL', null);
  if (!sandbox.ok) return sandbox;
  for (const provider of PROVIDER_SLUGS) {
    const real = readReal(env, provider);
    if (!real.ok) return real;
    if (real.value.length > 0) endpoints.push(...real.value);
    else if (sandbox.value !== null) {
      const baseUrl = `${sandbox.value}/${provider}`;
      endpoints.push({ provider, baseUrl, apiKey: 'sandbox', credential: `${provider}#sandbox`, sandbox: true });
    }
  }
  return succeed(endpoints);
}

/** The endpoints of a provider that is called for real; empty if it is not configured. */
function readReal(env: Environment, provider: ProviderSlug): Result<ProviderEndpoint[], string> {
  const names = VARIABLES[provider];
  const apiKey = read(env, names.key);
  const isEnabled = names.defaultUrl === null ? read(env, names.url) !== null : apiKey !== null;
  if (!isEnabled) return provider === 'vertex' ? readVertex(env) : succeed([]);
  const keys = keysIn(apiKey);
  const problem = keys.map((key) => problemOfKey(names.key, key)).find((found) => found !== null);
  if (problem !== undefined) return fail(problem);
  const url = readUrl(env, names.url, names.defaultUrl);
  if (!url.ok) return url;
  const baseUrl = url.value ?? '';
  return succeed(
    keys.map((key) => ({
      provider,
      baseUrl,
      apiKey: key,
      credential: credentialName(provider, key),
      sandbox: false,
    })),
  );
}

function readVertex(env: Environment): Result<ProviderEndpoint[], string> {
  const url = readUrl(env, VARIABLES.vertex.url, null);
  if (!url.ok) return url;
  const project = readVertexProject(
    {
      VERTEX_PROJECT: read(env, 'VERTEX_PROJECT'),
      VERTEX_LOCATION: read(env, 'VERTEX_LOCATION'),
      GOOGLE_APPLICATION_CREDENTIALS: read(env, 'GOOGLE_APPLICATION_CREDENTIALS'),
    },
    url.value,
  );
  if (!project.ok) return project;
  return succeed(project.value === null ? [] : [project.value]);
}

/** One line for the operator if a key cannot be a provider's; null if it can. */
function problemOfKey(name: string, key: string): string | null {
  // Most often a line break that was pasted along; it cannot be sent in a header.
  if (!/^[\x21-\x7e]*$/.test(key)) {
    return `${name} contains characters that a key cannot contain (a space or a line break?).`;
  }
  if (!key.startsWith('lmnfl_')) return null;
  return `${name} is a Lumenfall key, which clients use. Set the provider's own key, or unset the variable.`;
}

/** The keys of one variable, separated by commas: requests are spread over them. */
function keysIn(text: string | null): string[] {
  if (text === null) return [''];
  return [...new Set(text.split(',').map((key) => key.trim()))].filter((key) => key !== '');
}

/** The same key has the same name in every process, at every position in the list. */
function credentialName(provider: ProviderSlug, key: string): string {
  return key === '' ? provider : `${provider}#${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

function read(env: Environment, name: string): string | null {
  const value = env[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** The normalised base URL of a variable or its default; null if there is neither. */
function readUrl(env: Environment, name: string, fallback: string | null): Result<string | null, string> {
  const given = read(env, name) ?? fallback;
  if (given === null) return succeed(null);
  const url = baseUrlOf(given);
  if (url === null) return fail(badUrl(name, given));
  if (!isOwnAddress(url, env)) return succeed(url);
  const advice = "Set the provider's own URL, or unset the variable.";
  return fail(`${name} is the address of this gateway itself ("${url}"): requests would come back to it. ${advice}`);
}

/** Without trailing slashes; null if the text is not a plain http(s) URL. */
function baseUrlOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!plain || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  return url.href.replace(/\/+$/, '');
}

function badUrl(name: string, value: string): string {
  // A password is not repeated.
  const shown = value.replace(/\/\/[^/@]*@/, '//***@').slice(0, 200);
  return `${name} is not a usable URL: "${shown}". Use http:// or https://, a host and a path, without query or credentials.`;
}
