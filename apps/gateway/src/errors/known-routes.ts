import { apiError, type ApiError } from '@lumenfall/contracts';

interface KnownRoute {
  method: string;
  pattern: string;
  matches: RegExp;
}

/** Every route that was registered: what a 405 offers in `Allow`, and what the test of the authentication walks through. */
export class KnownRoutes {
  readonly #routes: KnownRoute[] = [];

  /** `pattern` in Fastify's form: `/videos/:id`, `/models/*`. The catch-all of CORS is no route of ours. */
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

  all(): readonly { method: string; pattern: string }[] {
    return this.#routes;
  }

  /** Empty where the path is unknown. */
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
  [/\/chat\/completions\/./, 'Chats are not kept: there is nothing to retrieve, change or delete.'],
  [/\/v1\/images$/, 'Did you mean POST /openai/v1/images/generations?'],
  [/\/videos\/generations$/, 'Did you mean POST /openai/v1/videos?'],
  [
    /\/v1\/videos\/(?:edits|extensions|characters)(\/|$)/,
    'This way to a video is not offered. Use POST /openai/v1/videos.',
  ],
  [/\/videos\/[^/]+\/remix$/, 'Remixing a video is not offered. Use POST /openai/v1/videos.'],
];

const WORK = /^(?:.*\/)?(chat\/completions|images\/(?:generations|edits)|videos|models)\/?$/;

/** True for the paths of other APIs, and the known mistakes: a 404 that helps, also where a pattern of ours would fit. */
export function isKnownMistake(path: string): boolean {
  return NOT_OFFERED.some(([pattern]) => pattern.test(path));
}

/** 404 for a path that is not ours, with the likely cause where there is one. */
export function unknownPath(method: string, path: string): ApiError {
  const shown = `${method} ${path.slice(0, 200)}`;
  const known = NOT_OFFERED.find(([pattern]) => pattern.test(path))?.[1];
  const meant = known ?? likelyMeant(path);
  return apiError('NOT_FOUND', meant === null ? `Unknown path: ${shown}` : `Unknown path: ${shown}. ${meant}`);
}

function likelyMeant(path: string): string | null {
  const work = WORK.exec(path)?.[1];
  if (work !== undefined) return `Did you mean /openai/v1/${work}? The base URL ends in /openai/v1.`;
  const account = /\/(balance|keys|requests)(?:\/.*)?$/.exec(path)?.[1];
  if (account !== undefined) return `Did you mean /v1/${account}? Account endpoints are below /v1.`;
  return null;
}

export function methodNotAllowed(method: string, path: string, allowed: readonly string[]): ApiError {
  return apiError(
    'METHOD_NOT_ALLOWED',
    `${method} is not allowed at ${path.slice(0, 200)}. Allowed: ${allowed.join(', ')}`,
  );
}
