import { mediaRetentionSchema, parseRequestId, PROVIDER_SLUGS, type MediaRetention } from '@lumenfall/contracts';
import { parseArgs } from 'node:util';

export const EXIT = { done: 0, failed: 1, usage: 2, unknown: 3 } as const;

export const HELP = `Usage: npm run -s lumenfall -- <command> [options]

  doctor <request_id>       the whole story of a request: how it was routed, each attempt, what it cost and why.
                            Takes req_..., video_... and chatcmpl-... ids.
    --json                  as one JSON object (docs/operating.md)

  organization <slug>       which offerings the organization's requests may use, and how long its media are kept
    --allow <a,b>           set: only these; an empty text allows all
    --deny <c,d>            set: never these, also where they are allowed; an empty text denies none
    --clear                 empty both lists first
    --retention <time>      set: none (an hour), 7d or 30d; a video request may ask for another
    --json                  as one JSON object

    A pattern is <provider>/<model id> with * for anything: fal/*, openai/sora-*, */gpt-image-1.5

  migrate                   brings the database up to date; on an empty one, makes an organization and its API key
                            (BOOTSTRAP_API_KEY, if set) and prints them as one JSON object

  --help                    this text

The database is that of the system which runs here (npm start), or DATABASE_URL.
Exit codes: 0 done, 1 failed (no database), 2 wrong arguments, 3 no such request or organization.`;

export type Command =
  | { name: 'help' }
  | { name: 'migrate' }
  | { name: 'doctor'; requestId: string; json: boolean }
  | {
      name: 'organization';
      slug: string;
      allow: string[] | null;
      deny: string[] | null;
      retention: MediaRetention | null;
      json: boolean;
    };

type Parsed = { ok: true; value: Command } | { ok: false; error: string };

const wrong = (error: string): Parsed => ({ ok: false, error: `${error} (see --help)` });

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  allow: { type: 'string' },
  deny: { type: 'string' },
  clear: { type: 'boolean' },
  retention: { type: 'string' },
} as const;

/** Reads what stands behind the program's name; the error is one line. */
export function parseCommandLine(args: readonly string[]): Parsed {
  let read;
  try {
    read = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return wrong(error instanceof Error ? (error.message.split(/[.\n]/, 1)[0] ?? '') : String(error));
  }
  const { values, positionals } = read;
  const [name, subject, ...rest] = positionals;
  if (values.help === true || name === undefined || name === 'help') return { ok: true, value: { name: 'help' } };
  if (name === 'migrate')
    return positionals.length === 1 ? { ok: true, value: { name } } : wrong('migrate takes no arguments');
  if (name !== 'doctor' && name !== 'organization') return wrong(`There is no command '${name}'`);
  if (rest.length > 0) return wrong(`${name} takes one thing, not '${rest.join(' ')}' too`);
  const json = values.json === true;
  if (name === 'doctor') {
    const ofOthers = [values.allow, values.deny, values.clear, values.retention];
    if (ofOthers.some((value) => value !== undefined)) return wrong('doctor knows only --json');
    if (subject === undefined) return wrong('doctor needs the id of a request');
    const requestId = parseRequestId(subject.replace(/^chatcmpl-/, 'req_'));
    if (requestId === null)
      return wrong(`'${subject}' is no request id: expected req_, video_ or chatcmpl- and 27 letters and digits`);
    return { ok: true, value: { name, requestId, json } };
  }
  if (subject === undefined) return wrong('organization needs a slug, such as default');
  const cleared = values.clear === true ? [] : null;
  const allow = patternsOf(values.allow) ?? cleared;
  const deny = patternsOf(values.deny) ?? cleared;
  const problem = [...(allow ?? []), ...(deny ?? [])].map(problemOf).find((found) => found !== null);
  if (problem != null) return wrong(problem);
  const retention = mediaRetentionSchema.optional().safeParse(values.retention);
  if (!retention.success) return wrong(`'${values.retention}' is no retention: use none, 7d or 30d`);
  return { ok: true, value: { name, slug: subject, allow, deny, retention: retention.data ?? null, json } };
}

function patternsOf(list: string | undefined): string[] | null {
  if (list === undefined) return null;
  const patterns = list.split(',').map((pattern) => pattern.trim());
  return [...new Set(patterns.filter((pattern) => pattern !== ''))];
}

/** A misspelt provider would deny nothing, silently. */
function problemOf(pattern: string): string | null {
  if (!/^[\w.:*-]+(\/[\w.:*/-]+)?$/.test(pattern)) return `'${pattern}' is no pattern: expected <provider>/<model id>`;
  const [provider = '', model] = pattern.split('/', 2);
  if (provider.includes('*')) return null;
  if (!PROVIDER_SLUGS.some((slug) => slug === provider))
    return `'${pattern}': '${provider}' is no provider: use ${PROVIDER_SLUGS.join(', ')}`;
  return model === undefined ? `'${pattern}' names no model: write ${pattern}/* for all of this provider` : null;
}
