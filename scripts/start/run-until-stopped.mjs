import path from 'node:path';
import { prefixer } from './log-lines.mjs';
import { explain } from './operator-error.mjs';
import { claimPort } from './ports.mjs';
import { build, install } from './prepare.mjs';
import { SERVICES } from './services.mjs';
import { readEnvironment, readSettings } from './settings.mjs';
import { Stack } from './stack.mjs';
import { StateFolder } from './state-folder.mjs';
import { welcome } from './welcome.mjs';

/** Nothing may hold the stop up for longer than this. */
const STOP_WITHIN_MS = 9500;

/** The life of one `npm start`. Ends the process: 0 after a stop that was asked for, 1 after a failure. */
export async function runUntilStopped(root) {
  const since = Date.now();
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const show = prefixer(['lumenfall', 'postgres', 'migrate', ...SERVICES], colour);
  const line = (name, text) => process.stdout.write(`${show(name, text)}\n`);
  const say = (text) => line('lumenfall', text);
  const preparing = new AbortController();
  let folder = null;
  let stack = null;
  let stopSince = null;

  const end = (code) => {
    folder?.release();
    process.exit(code);
  };

  const stop = async (why, code) => {
    if (stopSince !== null) {
      // npm passes on a Ctrl-C that the terminal has sent as well: only a later one means impatience.
      if (Date.now() - stopSince < 1000 || code !== 0) return;
      say('killing what still runs');
      stack?.kill();
      return end(1);
    }
    stopSince = Date.now();
    say(`${why}: stopping`);
    preparing.abort();
    setTimeout(() => {
      stack?.kill();
      end(1);
    }, STOP_WITHIN_MS);
    await stack?.stop();
    say(`stopped after ${((Date.now() - stopSince) / 1000).toFixed(1)} s, nothing is left running`);
    end(code);
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(signal, 0));
  watchNpm(() => void stop('npm is gone', 0));
  // A closed terminal or pipe must not end us before the services are stopped.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);

  try {
    const env = readEnvironment(root);
    const settings = readSettings(root, env);
    folder = new StateFolder(settings.home);
    folder.claim();
    await claimPort(settings.host, settings.port);
    if (!env.SKIP_BUILD) {
      // Variables of the services are none of the tools' business.
      const { PORT: _port, HOST: _host, ...tools } = env;
      await install({ root, env: tools, say, signal: preparing.signal });
      await build({ root, env: tools, say, signal: preparing.signal });
    }
    stack = new Stack({ root, settings, env, folder, line, event: say });
    const { url, newKey } = await stack.start();
    const queue =
      settings.queueUrl === undefined
        ? 'the embedded PostgreSQL'
        : new URL(settings.queueUrl).protocol.replace(':', '');
    const text = welcome({
      ...{ url, queue, tookMs: Date.now() - since, isNewKey: newKey !== null, realProviders: settings.realProviders },
      apiKey: newKey ?? folder.read('api-key'),
      keyFile: folder.file('api-key'),
    });
    process.stdout.write(`${text.join('\n')}\n`);
  } catch (error) {
    if (stopSince !== null) return;
    process.stderr.write(`${explain(error)}\n`);
    stopSince = Date.now();
    await stack?.stop();
    end(1);
  }
}

/** npm does not always pass a signal on to what it runs: its end is then the only sign. */
function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, 500).unref();
}
