import { eventually } from '@lumenfall/testing';
import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFile } from './model-file.js';
import { RunningGateway } from './running-gateway.js';

/**
 * As it is shipped: one file, the models beside it. Below node_modules, because packages stay outside of the bundle.
 */
async function bundle(folder: string): Promise<string> {
  const outfile = join(folder, 'main.mjs');
  await build({
    entryPoints: ['apps/gateway/src/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    tsconfig: 'tsconfig.base.json',
    logLevel: 'silent',
  });
  await cp('libs/catalog/models', join(folder, 'models'), { recursive: true });
  return outfile;
}

describe('SIGHUP', () => {
  const gateway = new RunningGateway();
  let process_: ChildProcess | undefined;
  const bundleFolder = join('node_modules/.cache/lumenfall', `gateway-${process.pid}`);
  let folder: string;

  beforeAll(async () => {
    await gateway.start();
    folder = await mkdtemp(join(tmpdir(), 'gateway-catalog-'));
    await mkdir(bundleFolder, { recursive: true });
  });
  afterAll(async () => {
    if (process_?.exitCode === null) {
      process_.kill('SIGKILL');
      await once(process_, 'exit');
    }
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
    await rm(bundleFolder, { recursive: true, force: true });
  });

  it('has a gateway read its catalog again, and does not end it', async () => {
    const child = (process_ = spawn(process.execPath, [await bundle(bundleFolder)], {
      env: { ...process.env, ...gateway.environment, CATALOG_DIR: folder, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    }));
    let log = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    const ids = async (): Promise<string> =>
      (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${gateway.key}` } })).text();
    expect(await ids()).toContain('"sora-2"');

    child.kill('SIGHUP');
    await eventually(() => log.includes('the catalog is unchanged'));
    await writeFile(join(folder, 'mine.yaml'), modelFile('me/mine'));
    child.kill('SIGHUP');
    await eventually(async () => (await ids()).includes('"me/mine"'));
    expect(log).toContain('"added":["me/mine"]');

    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });
});
