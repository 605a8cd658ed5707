import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ManagedProcess } from './managed-process.mjs';
import { migrate } from './migrate.mjs';
import { claimPort, freePorts } from './ports.mjs';
import { preparePostgres } from './postgres-process.mjs';
import { CLOSE_ORDER, environmentOf, SERVICES } from './services.mjs';

/** From Ctrl-C on, in milliseconds: a tier that has not closed by then is killed. */
const TIER_DEADLINES_MS = [6000, 7500, 9000];

/**
 * The whole system as child processes of this one.
 * `start()` starts it, `close()` closes it in order within 9 s, `kill()` kills it at once.
 */
export class Stack {
  /**
   * @param {{ root: string, settings: object, env: Record<string, string>, folder:
   *   import('./state-folder.mjs').StateFolder, line(name: string, text: string): void, event(text: string): void }}
   *   options
   */
  constructor(options) {
    this.options = options;
    this.processes = new Map();
    this.url = null;
  }

  /** @returns {Promise<{ url: string, newKey: string | null }>} */
  async start() {
    const { root, settings, env, folder, event } = this.options;
    const [postgresPort, billingPort, sandboxPort] = await freePorts(3);
    const gatewayPort = await claimPort(settings.host, settings.port);
    const password = folder.secret('postgres-password');
    const databaseUrl = `postgres://lumenfall:${password}@127.0.0.1:${postgresPort}/lumenfall`;
    const queueUrl = settings.queueUrl ?? `postgres://lumenfall:${password}@127.0.0.1:${postgresPort}/lumenfall_queue`;
    this.databaseUrl = databaseUrl;
    this.url = `http://localhost:${gatewayPort}`;
    mkdirSync(folder.file('media'), { recursive: true });

    event('starting PostgreSQL');
    const postgres = preparePostgres(folder.home);
    const postgresEnv = {
      ...{ PATH: env.PATH ?? '', TZ: 'UTC' },
      POSTGRES_DATA: postgres.dataDir,
      POSTGRES_PORT: String(postgresPort),
      POSTGRES_PASSWORD: password,
      POSTGRES_DATABASES: 'lumenfall,lumenfall_queue',
    };
    await this.#add('postgres', { ...postgres.launch, cwd: '/', env: postgresEnv }).start();
    postgres.ready();
    event('migrating the database');
    const sandbox = settings.realProviders.length === 0;
    const { apiKey, balance } = await migrate({ root, env, databaseUrl, sandbox, line: this.options.line });
    const newKey = apiKey ?? (env.BOOTSTRAP_API_KEY || null);
    if (newKey !== null) folder.writeSecret('api-key', `${newKey}\n`);

    event(`starting ${SERVICES.join(', ')}`);
    const run = {
      ...{ databaseUrl, queueUrl, billingPort, sandboxPort, gatewayPort },
      gatewayHost: settings.host,
      publicUrl: settings.publicUrl ?? this.url,
      mediaDir: folder.file('media'),
    };
    await Promise.all(
      SERVICES.map((name) =>
        this.#add(name, {
          ...{ file: path.join(root, 'dist/apps', name, 'main.js'), cwd: root },
          env: environmentOf(name, env, run),
        }).start(),
      ),
    );
    this.#writeRunning();
    return { url: this.url, newKey, balance };
  }

  #add(name, launch) {
    const { line, event } = this.options;
    const added = new ManagedProcess({ name, ...launch }, { line, event, changed: () => this.#writeRunning() });
    this.processes.set(name, added);
    return added;
  }

  #writeRunning() {
    if (this.closed) return;
    const services = Object.fromEntries([...this.processes].map(([name, { pid }]) => [name, pid]));
    const addresses = Object.fromEntries([...this.processes].map(([name, { url }]) => [name, url]));
    this.options.folder.writeRunning({
      pid: process.pid,
      url: this.url,
      databaseUrl: this.databaseUrl,
      services,
      addresses,
    });
  }

  /** Tier by tier: the services that take work, those that they depend on, the database. */
  async close() {
    this.closed = true;
    const begun = Date.now();
    for (const [tier, names] of CLOSE_ORDER.entries()) {
      const running = names.map((name) => this.processes.get(name)).filter((found) => found !== undefined);
      await Promise.all(running.map((found) => found.close(begun + TIER_DEADLINES_MS[tier])));
    }
  }

  kill() {
    this.closed = true;
    for (const found of this.processes.values()) {
      found.closing = true;
      found.kill();
    }
  }
}
