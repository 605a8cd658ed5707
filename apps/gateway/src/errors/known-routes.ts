import { apiError, type ApiError } from '@lumenfall/contracts';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from '../admission/request-context.js';

interface KnownRoute {
  method: string;
  pattern: string;
  matches: RegExp;
}

/** The registered routes, and the errors for requests that match none of them. */
@Injectable()
export class KnownRoutes {
  readonly #routes: KnownRoute[] = [];

  /** `pattern` in Fastify's form: `/videos/:id`, `/models/*`. CORS' catch-all route is ignored. */
  add(methods: string | readonly string[], pattern: string): void {
    if (pattern === '*') return;
    const source = pattern
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:[A-Za-z]+/g, '[^/]+')
      .replace(/\*/g, '.+');
    for (const method of typeof methods === 'string' ? [methods] : methods) {
      this.#routes.push({ method, pattern, matches: new RegExp(`^${source}$`) });
    }
  }

  /** 405 with `Allow` for a known path, otherwise 404. */
  notFound(request: FastifyRequest, reply: FastifyReply): ApiError {
    const path = plainPath(request.url);
    const allowed = isKnownMistake(path) ? [] : this.methodsAt(path);
    if (allowed.length === 0) return unknownPath(request.method, path);
    void reply.header('allow', allowed.join(', '));
    return methodNotAllowed(request.method, path, allowed);
  }

  /** Empty if the path is unknown. */
  methodsAt(path: string): string[] {
    return [...new Set(this.#routes.filter((route) => route.matches.test(path)).map((route) => route.method))].sort();
  }
}

const NOT_OFFERED: [RegExp, string][] = [
  [/\/images\/variations$/, 'Image variations are not offered. Use POST /openai/v1/images/edits with a prompt.'],
  [/\/responses(\/|$)/, 'The Responses API is not offered. Use POST /openai/v1/chat/completions.'],
  [/\/embeddings$/, 'Embeddings are not offered.'],
  [/\/v1\/completions$/, 'Did you mean POST /openai/v1/chat/completions?'],
  [
    /\/(audio|moderations|files|batches|fine_tuning|assistants|threads|vector_stores|uploads|realtime)(\/|$)/,
    'This part of the OpenAI API is not offered.',
  ],
  [/\/(conversations|containers|evals|skills)(\/|$)/, 'This part of the OpenAI API is not offered.'],
  [/\/chat\/completions\/./, 'Chats are not stored: they cannot be retrieved, changed or deleted.'],
  [/\/videos\/generations$/, 'Did you mean POST /openai/v1/videos?'],
  [
    /\/v1\/videos\/(?:edits|extensions|characters)(\/|$)/,
    'Video edits, extensions and characters are not offered. Use POST /openai/v1/videos.',
  ],
  [/\/videos\/[^/]+\/remix$/, 'Remixing a video is not offered. Use POST /openai/v1/videos.'],
];

const WORK = /^(?:.*\/)?(chat\/completions|images\/(?:generations|edits)|videos|models)\/?$/;

/** True for paths of other APIs and for common mistakes: they get a specific 404, even if a route's pattern matches. */
function isKnownMistake(path: string): boolean {
  return NOT_OFFERED.some(([pattern]) => pattern.test(path));
}

/** The 404 for an unknown path, with a hint if the likely cause is known. */
export function unknownPath(method: string, path: string): ApiError {
  const shown = `${method} ${path.slice(0, 200)}`;
  const known = NOT_OFFERED.find(([pattern]) => pattern.test(path))?.[1];
  const meant = known ?? likelyMeant(path);
  return apiError('NOT_FOUND', meant === null ? `Unknown path: ${shown}` : `Unknown path: ${shown}. ${meant}`);
}

const ACCOUNT_HINTS: Readonly<Record<string, string>> = {
  balance: 'GET /v1/balance returns the balance; there are no paths below it.',
  keys: 'GET /v1/keys lists the API keys; there are no paths below it.',
  requests:
    'GET /v1/requests lists requests, GET /v1/requests/{id} returns one, /v1/requests/{id}/payloads has its payloads.',
  usage: 'GET /v1/usage returns the usage; there are no paths below it.',
  ledger: 'GET /v1/ledger lists the ledger entries; there are no paths below it.',
};

function likelyMeant(path: string): string | null {
  const work = WORK.exec(path)?.[1];
  if (work !== undefined) return `Did you mean /openai/v1/${work}? The base URL ends in /openai/v1.`;
  const below = /^\/v1\/(balance|keys|requests|usage|ledger)\/./.exec(path)?.[1];
  if (below !== undefined) return ACCOUNT_HINTS[below] ?? null;
  const account = /\/(balance|keys|requests|usage|ledger)(?:\/.*)?$/.exec(path)?.[1];
  if (account !== undefined) return `Did you mean /v1/${account}? Account endpoints are below /v1.`;
  return null;
}

function methodNotAllowed(method: string, path: string, allowed: readonly string[]): ApiError {
  return apiError(
    'METHOD_NOT_ALLOWED',
    `${method} is not allowed at ${path.slice(0, 200)}. Allowed: ${allowed.join(', ')}`,
  );
}

/** The path as the router reads it: without the query, doubled slashes and a trailing slash. */
function plainPath(url: string): string {
  const path = pathOf(url).replace(/\/{2,}/g, '/');
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
