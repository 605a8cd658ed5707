import { createHash } from 'node:crypto';
import { fail, succeed, type Result } from '@lumenfall/contracts';
import type { ProviderEndpoint } from '../spec/index.js';
import { readServiceAccount } from './service-account.js';

export interface VertexVariables {
  VERTEX_PROJECT: string | null;
  VERTEX_LOCATION: string | null;
  GOOGLE_APPLICATION_CREDENTIALS: string | null;
}

/**
 * Vertex AI in a project of Google Cloud, as a service account; null where no project is named. `global` is the location with the
 * newest models.
 *
 * @param baseUrl instead of Google's own address
 */
export function readVertexProject(
  variables: VertexVariables,
  baseUrl: string | null,
): Result<ProviderEndpoint | null, string> {
  const { VERTEX_PROJECT: project, GOOGLE_APPLICATION_CREDENTIALS: file } = variables;
  const location = variables.VERTEX_LOCATION ?? 'global';
  if (project === null) return succeed(null);
  for (const [name, value] of Object.entries({ VERTEX_PROJECT: project, VERTEX_LOCATION: location })) {
    if (!/^[a-z0-9][a-z0-9:.-]*$/.test(value)) return fail(`${name} is not a name that Google Cloud gives.`);
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
