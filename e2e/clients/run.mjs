/**
 * Runs real client programs against a running stack: `npm run test:clients`. LUMENFALL_URL (default
 * http://localhost:3000) and LUMENFALL_API_KEY (default: the file .lumenfall/api-key) say where. Each client's packages
 * are installed in a temporary folder. A client whose package manager is missing, or whose packages cannot be
 * installed, is skipped with a line.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const url = (process.env.LUMENFALL_URL ?? 'http://localhost:3000').replace(/\/+$/, '');
const key = process.env.LUMENFALL_API_KEY ?? readFileSync('.lumenfall/api-key', 'utf8').trim();
const only = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'lumenfall-clients-'));
const env = {
  ...process.env,
  NODE_OPTIONS: '',
  OPENAI_BASE_URL: `${url}/openai/v1`,
  OPENAI_API_BASE: `${url}/openai/v1`,
  OPENAI_API_KEY: key,
  LLM_USER_PATH: join(work, 'llm'),
  CHAT_MODEL: process.env.CHAT_MODEL ?? 'google/gemini-3-flash-preview',
  IMAGE_MODEL: process.env.IMAGE_MODEL ?? 'gemini-3-pro-image',
  VIDEO_MODEL: process.env.VIDEO_MODEL ?? 'sora-2',
};

/** @type {{ name: string, install: 'pip' | 'npm' | 'go' | 'none', packages: string[], script: string }[]} */
const CLIENTS = [
  { name: 'openai-python', install: 'pip', packages: ['openai'], script: 'python/with_openai.py' },
  { name: 'litellm', install: 'pip', packages: ['litellm'], script: 'python/with_litellm.py' },
  { name: 'langchain', install: 'pip', packages: ['langchain-openai'], script: 'python/with_langchain.py' },
  { name: 'pydantic-ai', install: 'pip', packages: ['pydantic-ai-slim[openai]'], script: 'python/with_pydantic_ai.py' },
  { name: 'instructor', install: 'pip', packages: ['instructor'], script: 'python/with_instructor.py' },
  {
    name: 'llama-index',
    install: 'pip',
    packages: ['llama-index-llms-openai-like'],
    script: 'python/with_llama_index.py',
  },
  { name: 'llm', install: 'pip', packages: ['llm'], script: 'python/with_llm.py' },
  { name: 'openai-node', install: 'npm', packages: ['openai@6'], script: 'node/with-openai.mjs' },
  {
    name: 'ai-sdk',
    install: 'npm',
    packages: ['ai@6', '@ai-sdk/openai-compatible@2'],
    script: 'node/with-ai-sdk.mjs',
  },
  {
    name: 'openrouter-ai-sdk',
    install: 'npm',
    packages: ['ai@6', '@openrouter/ai-sdk-provider@2'],
    script: 'node/with-openrouter.mjs',
  },
  { name: 'open-webui', install: 'none', packages: [], script: 'node/as-open-webui.mjs' },
  { name: 'openai-go', install: 'go', packages: ['github.com/openai/openai-go/v3@latest'], script: 'go/main.go' },
];

function run(command, args, cwd) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 600_000,
  });
  return { ok: error === undefined && status === 0, output: `${stdout ?? ''}${stderr ?? ''}`.trim() };
}

const lastLine = (text) => text.split('\n').at(-1)?.slice(0, 200) ?? '';

/** Installs a client's packages. Returns how to start its script, or why it is skipped. */
function prepare({ name, install, packages, script }) {
  const source = join(here, script);
  const folder = join(work, name);
  if (install === 'none') return { start: () => run(process.execPath, [source], here) };
  if (install === 'pip') {
    const made = run('python3', ['-m', 'venv', folder], work);
    if (!made.ok) return { skipped: 'python3 with venv is not here' };
    const python = join(folder, 'bin', 'python');
    const installed = run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages], work);
    if (!installed.ok) return { skipped: `pip could not install ${packages.join(' ')}: ${lastLine(installed.output)}` };
    return { start: () => run(python, [source], folder) };
  }
  cpSync(join(source, '..'), folder, { recursive: true });
  if (install === 'npm') {
    const installed = run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', folder, ...packages],
      work,
    );
    if (!installed.ok) return { skipped: `npm could not install ${packages.join(' ')}: ${lastLine(installed.output)}` };
    return { start: () => run(process.execPath, [join(folder, script.split('/')[1])], folder) };
  }
  if (!run('go', ['version'], work).ok) return { skipped: 'go is not here' };
  const fetched = [
    run('go', ['mod', 'init', 'example.com/client'], folder),
    ...packages.map((one) => run('go', ['get', one], folder)),
  ];
  const failed = fetched.find(({ ok }) => !ok);
  if (failed) return { skipped: `go could not get ${packages.join(' ')}: ${lastLine(failed.output)}` };
  return { start: () => run('go', ['run', '.'], folder) };
}

let failures = 0;
try {
  for (const client of CLIENTS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const { skipped, start } = prepare(client);
    const result = skipped === undefined ? start() : null;
    if (result === null) process.stdout.write(`SKIP ${client.name}: ${skipped}\n`);
    else if (result.ok) process.stdout.write(`PASS ${client.name}: ${lastLine(result.output)}\n`);
    else {
      failures += 1;
      process.stdout.write(`FAIL ${client.name}\n${result.output.replace(/^/gm, '    ')}\n`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
