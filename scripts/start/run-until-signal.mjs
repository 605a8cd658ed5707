import path from 'node:path';
import { logLineFormatter, prefixer } from './log-lines.mjs';
import { explain } from './operator-error.mjs';
import { claimPort } from './ports.mjs';
import { build, install } from './prepare.mjs';
import { SERVICES } from './services.mjs';
import { readEnvironment, readSettings } from './settings.mjs';
import { Stack } from './stack.mjs';
import { StateFolder } from './state-folder.mjs';
import { welcome } from './welcome.mjs';

/** When this time is over, what has not closed is killed. */
const CLOSE_WITHIN_MS = 9500;

/** One `npm start`. Ends the process: code 0 after a signal, 1 after a failure. */
export async function runUntilSignal(root) {
  const since = Date.now();
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const prefix = prefixer(['lumenfall', 'postgres', 'migrate', ...SERVICES], colour);
  const print = (name, text) => process.stdout.write(`${prefix(name, text)}\n`);
  const say = (text) => print('lumenfall', text);
  const preparing = new AbortController();
  let folder = null;
  let stack = null;
  let closingSince = null;

  const end = (code) => {
    folder?.release();
    process.exit(code);
  };

  const close = async (why) => {
    if (closingSince !== null) {
      // After a Ctrl-C, both the terminal and npm send a SIGINT; only a later one is a second Ctrl-C.
      if (Date.now() - closingSince < 1000) return;
      say('killing what still runs');
      stack?.kill();
      return end(1);
    }
    closingSince = Date.now();
    say(`${why}: shutting down`);
    preparing.abort();
    setTimeout(() => {
      stack?.kill();
      end(1);
    }, CLOSE_WITHIN_MS);
    await stack?.close();
    say(`closed after ${((Date.now() - closingSince) / 1000).toFixed(1)} s, no process is left`);
    end(0);
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void close(signal));
  watchNpm(() => void close('npm has ended'));
  // A closed terminal or pipe must not end this process before the services are closed.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);

  try {
    const env = readEnvironment(root);
    const settings = readSettings(root, env);
    folder = new StateFolder(settings.home);
    folder.claim();
    await claimPort(settings.host, settings.port);
    if (!env.SKIP_BUILD) {
      const { PORT: _port, HOST: _host, ...toolEnv } = env;
      await install({ root, env: toolEnv, say, signal: preparing.signal });
      await build({ root, env: toolEnv, say, signal: preparing.signal });
    }
    const format = await logLineFormatter(colour);
    const line = (name, text) => print(name, format(text));
    stack = new Stack({ root, settings, env, folder, line, event: say });
    const { url, newKey, balance } = await stack.start();
    const queue =
      settings.queueUrl === undefined
        ? 'the embedded PostgreSQL'
        : new URL(settings.queueUrl).protocol.replace(':', '');
    const text = welcome({
      ...{ url, queue, tookMs: Date.now() - since, isNewKey: newKey !== null, realProviders: settings.realProviders },
      apiKey: newKey ?? folder.read('api-key'),
      keyFile: folder.file('api-key'),
      balance,
    });
    process.stdout.write(`${text.join('\n')}\n`);
  } catch (error) {
    if (closingSince !== null) return;
    process.stderr.write(`${explain(error)}\n`);
    closingSince = Date.now();
    await stack?.close();
    end(1);
  }
}

/** npm does not always forward a signal; then this process closes when npm has ended. */
function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, 500).unref();
}
