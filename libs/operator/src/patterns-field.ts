import { PROVIDER_SLUGS } from '@lumenfall/contracts';
import { z } from 'zod';

/** Patterns over `<provider>/<model id>`. An unknown provider is refused, since a misspelt one would deny nothing. */
export const patternsField = z
  .array(z.string())
  .max(1_000)
  .superRefine((patterns, context) => {
    for (const pattern of patterns) {
      const message = problemOf(pattern);
      if (message !== null) context.addIssue({ code: 'custom', message });
    }
  });

function problemOf(pattern: string): string | null {
  if (!/^[\w.:*-]+(\/[\w.:*/-]+)?$/.test(pattern)) {
    return `expected <provider>/<model id> instead of '${pattern.slice(0, 100)}'`;
  }
  const [provider = '', model] = pattern.split('/', 2);
  if (provider.includes('*')) return null;
  if (!PROVIDER_SLUGS.some((slug) => slug === provider)) {
    return `'${provider}' is not a provider: use ${PROVIDER_SLUGS.join(', ')}`;
  }
  if (model === undefined) return `'${pattern}' has no model: write ${pattern}/* for every model of this provider`;
  return null;
}
