const LONGEST = 300;

// What a provider's sentence may hold and a client must not see. In this order: markup and stacks first, addresses
// before the bare words inside them.
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
  // A bare host of some cluster, told by its port; a word before a number has neither a hyphen nor a dot in it.
  [/\b(?=[\w.-]*[.-])[a-z][\w.-]*:\d{4,5}\b/gi, '[address]'],
  [/(?<![\w:/.])\/(?:usr|home|root|var|opt|srv|app|tmp|etc|mnt|workspace|Users)\/[^\s"'),;]+/g, '[path]'],
  [/\s+/g, ' '],
];

/**
 * A provider's sentence made fit for clients and the history: no keys, addresses, markup or stacks, one line, at most
 * 300 characters. Null where nothing readable is left.
 *
 * @param secrets exact texts that must not appear, such as the key in use
 */
export function cleanMessage(text: string, secrets: readonly string[] = []): string | null {
  // Bounded before the patterns run: a provider's error page may be megabytes.
  let clean = text.slice(0, 4_000);
  for (const secret of secrets) if (secret.length >= 6) clean = clean.replaceAll(secret, '[secret]');
  clean = clean.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');
  for (const [pattern, replacement] of REMOVED) clean = clean.replace(pattern, replacement);
  clean = clean.trim();
  if (!/[\p{L}\p{N}]/u.test(clean)) return null;
  return clean.length <= LONGEST ? clean : `${clean.slice(0, LONGEST - 1).trimEnd()}…`;
}
