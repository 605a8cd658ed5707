import { createHash } from 'node:crypto';
import { fail, PROVIDER_SLUGS, succeed, type ProviderSlug, type Result } from '@lumenfall/contracts';
import type { ProviderEndpoint } from '../spec/index.js';
import { readVertexProject } from './vertex-project.js';

type Environment = Readonly<Record<string, string | undefined>>;

interface Variables {
  key: string;
  url: string;
  /** Null where there is no such place by default: the URL is then what turns the provider on. */
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
 * Where each provider is reached: for real where its key (for `openai-compatible` its base URL) is set, else in the
 * sandbox where `SANDBOX_URL` is set, else not at all. An empty variable counts as unset. A variable with several keys,
 * with commas between, makes an endpoint of each. Vertex AI is also reached by a project and a service account.
 *
 * @returns one line for the operator where a URL or a key cannot be used
 */
export function readProviderEndpoints(env: Environment): Result<ProviderEndpoint[], string> {
  const endpoints: ProviderEndpoint[] = [];
  const sandbox = read(env, 'SANDBOX_URL');
  if (sandbox !== null && baseUrlOf(sandbox) === null) return fail(badUrl('SANDBOX_URL', sandbox));
  for (const provider of PROVIDER_SLUGS) {
    const names = VARIABLES[provider];
    const apiKey = read(env, names.key);
    const wantedUrl = read(env, names.url);
    const real = names.defaultUrl === null ? wantedUrl !== null : apiKey !== null;
    if (real) {
      const given = wantedUrl ?? names.defaultUrl ?? '';
      const baseUrl = baseUrlOf(given);
      if (baseUrl === null) return fail(badUrl(names.url, given));
      for (const key of keysIn(apiKey)) {
        // Anything else cannot be sent in a header, and is most often a line break pasted along.
        if (!/^[\x21-\x7e]*$/.test(key)) {
          return fail(`${names.key} holds characters that a key cannot have (a space or a line break?).`);
        }
        endpoints.push({ provider, baseUrl, apiKey: key, credential: credentialName(provider, key), sandbox: false });
      }
      continue;
    }
    if (provider === 'vertex') {
      const baseUrl = wantedUrl === null ? null : baseUrlOf(wantedUrl);
      if (wantedUrl !== null && baseUrl === null) return fail(badUrl(names.url, wantedUrl));
      const project = readVertexProject(
        {
          VERTEX_PROJECT: read(env, 'VERTEX_PROJECT'),
          VERTEX_LOCATION: read(env, 'VERTEX_LOCATION'),
          GOOGLE_APPLICATION_CREDENTIALS: read(env, 'GOOGLE_APPLICATION_CREDENTIALS'),
        },
        baseUrl,
      );
      if (!project.ok) return project;
      if (project.value !== null) {
        endpoints.push(project.value);
        continue;
      }
    }
    if (sandbox !== null) {
      const baseUrl = `${baseUrlOf(sandbox)}/${provider}`;
      endpoints.push({ provider, baseUrl, apiKey: 'sandbox', credential: `${provider}#sandbox`, sandbox: true });
    }
  }
  return succeed(endpoints);
}

/** One variable may hold several keys, with commas between: they are used in turn. */
function keysIn(text: string | null): string[] {
  if (text === null) return [''];
  return [...new Set(text.split(',').map((key) => key.trim()))].filter((key) => key !== '');
}

/** The same key has the same name in every process, wherever it stands in the list. */
function credentialName(provider: ProviderSlug, key: string): string {
  return key === '' ? provider : `${provider}#${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

function read(env: Environment, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

/** Normalised, without trailing slashes; null for what is no plain http(s) address. */
function baseUrlOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!plain || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  return url.href.replace(/\/+$/, '');
}

function badUrl(name: string, value: string): string {
  // A password in it is not repeated.
  const shown = value.replace(/\/\/[^/@]*@/, '//***@').slice(0, 200);
  return `${name} is not a usable address: "${shown}". Use http:// or https://, a host and a path, without query or credentials.`;
}
