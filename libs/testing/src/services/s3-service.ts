import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.js';

const PROGRAM = 'versitygw';
const START_MS = 15_000;

/** A real S3 server (versitygw, over a folder), with one bucket. */
export interface S3Server {
  endpoint: string;
  bucket: string;
  /** What the SDK finds in the environment. */
  accessKeyId: string;
  secretAccessKey: string;
  close(): Promise<void>;
}

/** Where the server's program is: on the PATH, or where `go install` puts it. Null where there is none. */
export function findS3Program(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(homedir(), 'go', 'bin')];
  const found = folders.map((folder) => join(folder, PROGRAM)).find(isExecutable);
  return found ?? null;
}

export async function startS3Server(program: string): Promise<S3Server> {
  const root = await mkdtemp(join(tmpdir(), 's3-'));
  const [port, bucket] = [await freePort(), 'media'];
  await mkdir(join(root, 'data', bucket), { recursive: true });
  await mkdir(join(root, 'meta'));
  const [accessKeyId, secretAccessKey] = ['test-access-key', 'test-secret-key'];
  const server = spawn(
    program,
    ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', join(root, 'meta'), join(root, 'data')],
    {
      env: { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const close = async (): Promise<void> => {
    server.kill('SIGKILL');
    await exited;
    await rm(root, { recursive: true, force: true });
  };
  for (const end = Date.now() + START_MS; !(await accepts(port));) {
    if (Date.now() < end && server.exitCode === null) continue;
    await close();
    throw new Error(`${program} did not start`);
  }
  return { endpoint: `http://127.0.0.1:${port}`, bucket, accessKeyId, secretAccessKey, close };
}

/** `describe`, or the same reported as skipped with the reason where this machine has no S3 server. */
export function describeWithS3(name: string, tests: (program: string) => void): void {
  const program = findS3Program();
  if (program !== null) describe(name, () => tests(program));
  else describe.skip(`${name} [skipped, no S3 server: there is no ${PROGRAM} on the PATH]`, () => tests(''));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(() => resolve(false), 50));
  });
}
