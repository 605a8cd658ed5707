import { PROVIDER_VARIABLES } from './settings.mjs';

/** Which providers are real in this run, in words. */
export function describeProviders(realProviders) {
  if (realProviders.length === 0) {
    return [
      'No provider key is set, so every provider is the sandbox: answers are made up here, no real model is asked and no',
      'real money is spent. Set OPENROUTER_API_KEY (or another key, see .env.example) to make that provider real.',
    ];
  }
  const rest = Object.keys(PROVIDER_VARIABLES).filter((provider) => !realProviders.includes(provider));
  return [
    `Real providers, which cost real money: ${realProviders.join(', ')}.`,
    ...(rest.length > 0 ? ['The sandbox stands in for the others:', `${rest.join(', ')}.`] : []),
  ];
}

/**
 * What the start says last.
 * @param {{ url: string, apiKey: string | null, isNewKey: boolean, keyFile: string, realProviders: string[], queue: string, tookMs: number }} run
 */
export function welcome({ url, apiKey, isNewKey, keyFile, realProviders, queue, tookMs }) {
  const key =
    apiKey === null
      ? [
          `The API key was made by an earlier start; it is not in ${keyFile} any more, and the database keeps only its hash.`,
        ]
      : [
          isNewKey
            ? `Your API key, for the organization "default" with 10 USD of credit (also in ${keyFile}):`
            : `Your API key (from ${keyFile}):`,
          '',
          `  ${apiKey}`,
        ];
  return [
    '',
    `Lumenfall is ready on ${url} (after ${(tookMs / 1000).toFixed(1)} s; queue on ${queue}).`,
    '',
    ...describeProviders(realProviders),
    '',
    ...key,
    '',
    'Try it:',
    '',
    `  curl ${url}/openai/v1/chat/completions \\`,
    `    -H "Authorization: Bearer ${apiKey ?? '<your key>'}" \\`,
    "    -H 'Content-Type: application/json' \\",
    `    -d '{"model":"google/gemini-3-flash-preview","messages":[{"role":"user","content":"Hello!"}]}'`,
    '',
    'Ctrl-C stops everything.',
    '',
  ];
}
