import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OperatorError } from './operator-error.mjs';

const HOST = path.join(import.meta.dirname, 'postgres-host.mjs');

/**
 * Prepares the data folder and says how to start the process that runs PostgreSQL.
 *
 * A first start that was killed leaves a half-initialised folder: a marker beside it exists from before the
 * initialisation until `ready()`, and a folder with a marker is made anew.
 *
 * @param {string} home an existing folder, above the data
 * @returns {{ dataDir: string, launch: object, ready(): void }} `launch` is for `ManagedProcess`
 * @throws {OperatorError} if PostgreSQL cannot run here, with what to do
 */
export function preparePostgres(home) {
  const dataDir = path.join(home, 'postgres');
  const marker = path.join(home, 'postgres.initialising');
  const { owner, launch } = chooseUser(dataDir, home);
  if (existsSync(marker)) rmSync(dataDir, { recursive: true, force: true });
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) {
    writeFileSync(marker, '');
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  }
  if (owner !== null) {
    chmodSync(home, 0o711);
    chownSync(dataDir, owner.uid, owner.gid);
  }
  return { dataDir, launch: { file: HOST, ...launch }, ready: () => rmSync(marker, { force: true }) };
}

/**
 * PostgreSQL refuses to run as root. An ordinary user runs it as it is. Root runs it as the owner of the data or of the
 * folder above, or else as `postgres`; if that user cannot reach the folders (a clone in /root), it gets the one
 * capability that it needs for this, so that the folders need not be opened to everybody.
 */
function chooseUser(dataDir, home) {
  const uid = process.getuid?.();
  const data = existsSync(dataDir) ? statSync(dataDir) : null;
  if (uid !== 0) {
    if (data !== null && uid !== undefined && data.uid !== uid) {
      throw new OperatorError(
        `${dataDir} belongs to another user (uid ${data.uid}): start as that user or as root, or set LUMENFALL_HOME.`,
      );
    }
    return { owner: null, launch: {} };
  }
  const found = data !== null && data.uid !== 0 ? data : statSync(home);
  const owner = found.uid !== 0 ? { uid: found.uid, gid: found.gid } : postgresUser();
  const script = 'process.argv.slice(1).forEach((file) => fs.accessSync(file))';
  const probe = [process.execPath, '-e', script, path.join(home, '.'), HOST];
  const succeeds = ([program, ...args], options) =>
    spawnSync(program, args, { ...options, cwd: '/', stdio: 'ignore' }).status === 0;
  if (succeeds(probe, owner)) return { owner, launch: owner };
  for (const capability of ['dac_read_search', 'dac_override']) {
    const wrapper = [
      ...['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'],
      ...['--securebits=+no_setuid_fixup', `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`],
    ];
    if (succeeds([...wrapper, ...probe], {})) return { owner, launch: { wrapper } };
  }
  throw new OperatorError(
    `PostgreSQL must not run as root, and its user cannot enter ${home}: move the clone to a folder that others can enter, or run as an ordinary user.`,
  );
}

function postgresUser() {
  const existing = idsOf('postgres');
  if (existing !== null) return existing;
  const options = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  try {
    execFileSync('useradd', [...options, 'postgres'], { stdio: 'pipe' });
  } catch {
    // Reported below.
  }
  const created = idsOf('postgres');
  if (created === null) {
    throw new OperatorError(
      'PostgreSQL refuses to run as root and a user "postgres" cannot be created: run npm start as an ordinary user.',
    );
  }
  return created;
}

function idsOf(user) {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, user], { encoding: 'utf8' }));
  return uid.status === 0 && gid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : null;
}
