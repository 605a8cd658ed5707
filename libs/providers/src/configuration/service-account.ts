import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fail, succeed, type Result } from '@lumenfall/contracts';
import { z } from 'zod';
import type { ServiceAccount } from '../spec/index.js';

const fileSchema = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().refine(isPrivateKey),
  private_key_id: z.string().min(1).nullish(),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});

/** The service account in a key file of Google Cloud. @returns one line for the operator where it cannot be used */
export function readServiceAccount(path: string): Result<ServiceAccount, string> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // What stands in the file is secret, so not even a parser's complaint is repeated.
    return fail(`GOOGLE_APPLICATION_CREDENTIALS: ${path} cannot be read as JSON.`);
  }
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? '';
    return fail(`GOOGLE_APPLICATION_CREDENTIALS: ${path} is no key of a service account (its '${field}').`);
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
    // Whatever Node cannot read is no key to us; why does not matter.
    return false;
  }
}
