const MAX_CHARACTERS = 300;

// What a provider's sentence may contain and a client must not see. The order matters: markup and stack traces first,
// URLs before the bare words inside them.
const REMOVED: readonly [RegExp, string][] = [
  [/<(script|style)[\s\S]*?<\/\1>/gi, ' '],
  [/<\/?[a-z!][^>]*>/gi, ' '],
  [/(\r?\n|\\n)\s+at [\s\S]*$/, ''],
  [/Traceback \(most recent call last\)[\s\S]*$/i, ''],
  [/data:[\w/+.-]+;base64,[\w+/=-]*/gi, '[data]'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)\]]+/gi, '[address]'],
  [/\b(Bearer|Key|Basic)\s+[\w.:~+/=*-]{8,}/g, '$1 [secret]'],
  [/\b(?:sk|rk|pk|sess|lmnfl|fal|AIza|ya29|ghp|xoxb)[-_.]?[\w.*-]{11,}[\w*]/g, '[secret]'],
  [/\b(?:xai|r8|hf|fw|gsk)[-_][\w.*-]{11,}[\w*]/g, '[secret]'],
  [/\bAKIA[A-Z0-9]{12,}/g, '[secret]'],
  [/\b((?:api[-_]?)?key|(?:access[-_]?)?token|secret|password)=[^\s&"']{8,}/gi, '$1=[secret]'],
  [/\b(?:org|proj|user|acct)[-_][A-Za-z0-9]{8,}\b/g, '[account]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '[address]'],
  [/(?<![\w:])::[0-9a-f.:]*\d/gi, '[address]'],
  [/\[?\b(?:[0-9a-f]{1,4}:){3,}[0-9a-f:]*\]?(?::\d+)?/gi, '[address]'],
  [/\blocalhost(?::\d+)?\b/gi, '[address]'],
  [/\b[\w-]+(?:\.[\w-]+)*\.(?:internal|local|svc|lan|corp|cluster)\b(?::\d+)?/gi, '[address]'],
  // The bare name of a host in a cluster: a hyphen or a dot in it, and a port.
  [/\b(?=[\w.-]*[.-])[a-z][\w.-]*:\d{4,5}\b/gi, '[address]'],
  [/(?<![\w:/.])\/(?:usr|home|root|var|opt|srv|app|tmp|etc|mnt|workspace|Users)\/[^\s"'),;]+/g, '[path]'],
  [/\s+/g, ' '],
];

/**
 * A provider's sentence for clients and the history: without keys, addresses, markup and stack traces, on one line, at
 * most 300 characters. Null if nothing readable is left.
 *
 * @param secrets exact texts that must not appear, such as the provider's key
 */
export function cleanMessage(text: string, secrets: readonly string[] = []): string | null {
  // Cut before the patterns run: an error page may have megabytes.
  let clean = text.slice(0, 4_000);
  for (const secret of secrets) if (secret.length >= 6) clean = clean.replaceAll(secret, '[secret]');
  clean = clean.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');
  for (const [pattern, replacement] of REMOVED) clean = clean.replace(pattern, replacement);
  clean = clean.trim();
  if (!/[\p{L}\p{N}]/u.test(clean)) return null;
  return clean.length <= MAX_CHARACTERS ? clean : `${clean.slice(0, MAX_CHARACTERS - 1).trimEnd()}…`;
}
