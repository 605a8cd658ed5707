import type { ProviderSlug, RoutingRules } from '@lumenfall/contracts';
import type { ModelEntry } from './model-entry.js';

/** Whether an organization's lists let it use `model` (our id) at `provider`. `deny` wins over `allow`. */
export function isAllowed(rules: RoutingRules, provider: ProviderSlug, model: string): boolean {
  const name = `${provider}/${model}`;
  const named = (pattern: string): boolean => matchesPattern(pattern, name);
  return !rules.deny.some(named) && (rules.allow.length === 0 || rules.allow.some(named));
}

/** False where every offering of the model is denied. */
export function isUsable(rules: RoutingRules, entry: ModelEntry): boolean {
  return entry.offerings.some(({ provider }) => isAllowed(rules, provider, entry.id));
}

/** `*` stands for any run of characters. By searching, not by a regular expression: the patterns come from people. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [head = '', ...pieces] = pattern.split('*');
  const tail = pieces.pop();
  if (tail === undefined) return text === pattern;
  const end = text.length - tail.length;
  if (end < head.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
