import { PROVIDER_VARIABLES } from './settings.mjs';

/** Sentences that say which providers are real in this run. */
export function describeProviders(realProviders) {
  if (realProviders.length === 0) {
    return [
      'No provider key is set, so every provider is the sandbox: answers are generated here, no real model is called and no',
      'real money is spent. Set OPENROUTER_API_KEY (or another key, see .env.example) to make that provider real.',
    ];
  }
  const rest = Object.keys(PROVIDER_VARIABLES).filter((provider) => !realProviders.includes(provider));
  return [
    `Real providers, which cost real money: ${realProviders.join(', ')}.`,
    ...(rest.length > 0 ? ['The sandbox stands in for the others:', `${rest.join(', ')}.`] : []),
  ];
}

/** The balance; in a trial it is not money. */
function describeBalance(balance, realProviders) {
  if (balance === null) return ['The balance could not be read.'];
  const amount = `${balance} USD`;
  return realProviders.length === 0
    ? [`The balance is ${amount} of sandbox credit.`]
    : [`The balance is ${amount}; requests are refused when it is spent.`];
}

/**
 * The text that `npm start` prints when the system is ready.
 * @param {{ url: string, apiKey: string | null, isNewKey: boolean, keyFile: string, realProviders: string[], queue:
 *   string, tookMs: number, balance: number | null }} run
 */
export function welcome({ url, apiKey, isNewKey, keyFile, realProviders, queue, tookMs, balance }) {
  const key =
    apiKey === null
      ? [
          `The API key was created by an earlier start. It is no longer in ${keyFile}, and the database has only its hash.`,
        ]
      : [
          isNewKey
            ? `Your API key, of the organization "default" (also in ${keyFile}):`
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
    ...describeBalance(balance, realProviders),
    '',
    '  npm run -s lumenfall -- credits add 50 --org default           # adds credit',
    '  npm run -s lumenfall -- keys create --org default --name NAME  # creates another API key',
    '',
    'Try it:',
    '',
    `  curl ${url}/openai/v1/chat/completions \\`,
    `    -H "Authorization: Bearer ${apiKey ?? '<your key>'}" \\`,
    "    -H 'Content-Type: application/json' \\",
    `    -d '{"model":"google/gemini-3-flash-preview","messages":[{"role":"user","content":"Hello!"}]}'`,
    '',
    'Ctrl-C shuts everything down.',
    '',
  ];
}
