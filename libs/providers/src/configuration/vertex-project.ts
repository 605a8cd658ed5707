import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fail, succeed, type Result } from '@lumenfall/contracts';
import { z } from 'zod';
import type { ProviderEndpoint, ServiceAccount } from '../spec/index.js';

export interface VertexVariables {
  VERTEX_PROJECT: string | null;
  VERTEX_LOCATION: string | null;
  GOOGLE_APPLICATION_CREDENTIALS: string | null;
}

/**
 * The endpoint of Vertex AI in a project of Google Cloud, with a service account; null if no project is set. The
 * default location is `global`, which has the newest models.
 *
 * @param baseUrl replaces Google's own
 */
export function readVertexProject(
  variables: VertexVariables,
  baseUrl: string | null,
): Result<ProviderEndpoint | null, string> {
  const { VERTEX_PROJECT: project, GOOGLE_APPLICATION_CREDENTIALS: file } = variables;
  const location = variables.VERTEX_LOCATION ?? 'global';
  if (project === null) return succeed(null);
  for (const [name, value] of Object.entries({ VERTEX_PROJECT: project, VERTEX_LOCATION: location })) {
    if (!/^[a-z0-9][a-z0-9:.-]*$/.test(value)) return fail(`${name} is not a valid name in Google Cloud.`);
  }
  if (file === null) {
    return fail('VERTEX_PROJECT needs GOOGLE_APPLICATION_CREDENTIALS: the path of a key file of a service account.');
  }
  const account = readServiceAccount(file);
  if (!account.ok) return account;
  const host = location === 'global' ? 'aiplatform.googleapis.com' : `${location}-aiplatform.googleapis.com`;
  return succeed({
    provider: 'vertex',
    baseUrl: baseUrl ?? `https://${host}/v1/projects/${project}/locations/${location}`,
    apiKey: '',
    credential: `vertex#${createHash('sha256').update(account.value.privateKey).digest('hex').slice(0, 8)}`,
    serviceAccount: account.value,
    sandbox: false,
  });
}

const fileSchema = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().refine(isPrivateKey),
  private_key_id: z.string().min(1).nullish(),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});

/** Reads a key file of Google Cloud. @returns one line for the operator if it cannot be used */
function readServiceAccount(path: string): Result<ServiceAccount, string> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // The file is secret, so the parser's message is not repeated.
    return fail(`GOOGLE_APPLICATION_CREDENTIALS: ${path} cannot be read as JSON.`);
  }
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? '';
    return fail(`GOOGLE_APPLICATION_CREDENTIALS: ${path} is not the key file of a service account (see '${field}').`);
  }
  const { client_email, private_key, private_key_id, token_uri } = parsed.data;
  return succeed({
    clientEmail: client_email,
    privateKey: private_key,
    privateKeyId: private_key_id ?? null,
    tokenUri: token_uri,
  });
}

function isPrivateKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa';
  } catch {
    // Why Node cannot read the key does not matter here.
    return false;
  }
}
