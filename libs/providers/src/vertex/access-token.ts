import { succeed } from '@lumenfall/contracts';
import { createSign } from 'node:crypto';
import { z } from 'zod';
import { failed, ProviderHttp, QUICK } from '../http/index.js';
import type { Outcome, ServiceAccount } from '../spec/index.js';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const LIFETIME_S = 3_600;
/** A token that expires sooner is not used any more. */
const MARGIN_MS = 120_000;

const answerSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

interface Token {
  text: string;
  usableUntil: number;
}

/**
 * Access tokens of service accounts, cached until they expire; concurrent calls that need a new one share one request.
 *
 * @returns the token, or why Google issued none: `auth` if it refused the account
 */
export function accessTokens(): (account: ServiceAccount, signal: AbortSignal) => Promise<Outcome<string>> {
  const kept = new WeakMap<ServiceAccount, Token>();
  const pending = new WeakMap<ServiceAccount, Promise<Outcome<string>>>();
  return async (account, signal) => {
    const token = kept.get(account);
    if (token !== undefined && Date.now() < token.usableUntil) return succeed(token.text);
    let issued = pending.get(account);
    if (issued === undefined) {
      issued = requestToken(account)
        .then((outcome) => {
          if (!outcome.ok) return outcome;
          kept.set(account, outcome.value);
          return succeed(outcome.value.text);
        })
        .finally(() => pending.delete(account));
      pending.set(account, issued);
    }
    // Other callers share the request, so one caller's abort does not end it.
    const outcome = await issued;
    return signal.aborted ? failed('cancelled', null) : outcome;
  };
}

async function requestToken(account: ServiceAccount): Promise<Outcome<Token>> {
  const { origin, pathname } = new URL(account.tokenUri);
  const http = new ProviderHttp(
    { provider: 'vertex', baseUrl: origin, apiKey: '', credential: account.clientEmail, sandbox: false },
    { authorize: () => ({}), readRefusal: () => ({ message: null, kind: null }) },
  );
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertionOf(account, Math.floor(Date.now() / 1000)),
  });
  const answer = await http.json(
    { method: 'POST', target: pathname, body, limits: QUICK },
    AbortSignal.timeout(QUICK.wholeMs),
  );
  // A 400 (`invalid_grant`) is about the account, not about the client's request.
  if (!answer.ok) {
    const { kind } = answer.error;
    return kind === 'client' ? { ok: false, error: { ...answer.error, kind: 'auth' } } : answer;
  }
  const parsed = answerSchema.safeParse(answer.value.body);
  if (!parsed.success) return failed('transient', 'Google issued no access token');
  const { access_token, expires_in } = parsed.data;
  return succeed({ text: access_token, usableUntil: Date.now() + expires_in * 1000 - MARGIN_MS });
}

/** The assertion of a service account: a JWT signed with its key, in the form that Google expects. */
function assertionOf({ clientEmail, privateKey, privateKeyId, tokenUri }: ServiceAccount, now: number): string {
  const header = { alg: 'RS256', typ: 'JWT', ...(privateKeyId === null ? {} : { kid: privateKeyId }) };
  const claims = { iss: clientEmail, scope: SCOPE, aud: tokenUri, iat: now, exp: now + LIFETIME_S };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
}
