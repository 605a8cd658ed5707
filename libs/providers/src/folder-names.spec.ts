import { readdirSync } from 'node:fs';

/** The names of a provider's files: what a reader finds in one folder, they find in every other one. */
const NAMES = [
  'adapter',
  'errors',
  ...['request', 'messages', 'tools', 'stream', 'answer', 'usage'].map((part) => `chat-${part}`),
  ...['adapter', 'request', 'answer', 'look-up'].map((part) => `image-${part}`),
  ...['adapter', 'request', 'answer', 'look-up'].map((part) => `video-${part}`),
];

/** Files of one provider alone: a part of its protocol that none of the others has. */
const EXTRAS: Record<string, readonly string[]> = {
  fal: ['queue'],
  gemini: ['sent-files'],
  openrouter: ['model-list'],
  vertex: ['access-token'],
};

const sources = (folder: string): string[] =>
  readdirSync(new URL(`${folder}/`, import.meta.url))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => name.slice(0, -'.ts'.length));

const FOLDERS = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && sources(entry.name).includes('adapter'))
  .map(({ name }) => name);

describe('the files of the provider folders', () => {
  it('finds the folders of all providers', () => expect(FOLDERS).toHaveLength(12));

  it.each(FOLDERS)('%s holds only files with the agreed names and its listed extras', (folder) => {
    const unexpected = sources(folder).filter((name) => !NAMES.includes(name));
    expect(new Set(unexpected)).toEqual(new Set(EXTRAS[folder] ?? []));
  });
});
