import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/**
 * The packages of hundreds of files. They are bundled together, so that they share their own dependencies, as they do
 * when Node loads them.
 */
const PACKAGES = [
  '@fastify/multipart',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-fastify',
  '@nestjs/testing',
  'ajv/dist/2020.js',
  'axios',
  'bullmq',
  'decimal.js',
  'eventsource-parser',
  'fastify',
  'ioredis',
  'lru-cache',
  'prom-client',
  'yaml',
  'zod',
];

/** Packages that read files beside their own, that change globals, or that are optional. */
const EXTERNAL = [
  '@fastify/static',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
  'pg',
  'pino',
  'reflect-metadata',
  'sharp',
];

/**
 * Jest compiles every module again for every test file; a Nest application has 1,300 of them. This bundles the large
 * packages into a few files, once for every lock file.
 *
 * @returns {Promise<Record<string, string>>} a `moduleNameMapper`
 */
export async function mapPackages(root) {
  const key = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .update(readFileSync(import.meta.filename))
    .update(process.version)
    .digest('hex')
    .slice(0, 16);
  const folder = path.join(root, 'node_modules', '.cache', 'test-packages', key);
  if (!existsSync(folder)) await bundle(folder, root);
  return Object.fromEntries(
    PACKAGES.map((name) => [`^${name.replaceAll('.', '\\.')}$`, path.join(folder, `${fileOf(name)}.mjs`)]),
  );
}

const fileOf = (name) => name.replaceAll('/', '__');

async function bundle(folder, root) {
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  const entries = {};
  for (const name of PACKAGES) {
    // All of a CommonJS package's names, and its default: esbuild cannot list them.
    const names = Object.keys(await import(name)).filter((each) => /^[\w$]+$/.test(each));
    const file = path.join(temporary, `${fileOf(name)}.entry.mjs`);
    writeFileSync(file, `export { ${names.join(', ')} } from '${name}';\n`);
    entries[fileOf(name)] = file;
  }
  await build({
    entryPoints: entries,
    outdir: temporary,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    external: EXTERNAL,
    absWorkingDir: root,
    nodePaths: [path.join(root, 'node_modules')],
    logLevel: 'error',
    minifyWhitespace: true,
    minifySyntax: true,
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  });
  // Another process may have been faster.
  try {
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
