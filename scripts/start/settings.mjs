import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { OperatorError } from './operator-error.mjs';

/** A provider is real if one of its variables is set; otherwise the sandbox stands in for it. */
export const PROVIDER_VARIABLES = {
  openrouter: ['OPENROUTER_API_KEY'],
  openai: ['OPENAI_API_KEY'],
  anthropic: ['ANTHROPIC_API_KEY'],
  gemini: ['GEMINI_API_KEY'],
  vertex: ['VERTEX_API_KEY', 'VERTEX_PROJECT'],
  fal: ['FAL_KEY'],
  replicate: ['REPLICATE_API_TOKEN'],
  bfl: ['BFL_API_KEY'],
  xai: ['XAI_API_KEY'],
  fireworks: ['FIREWORKS_API_KEY'],
  runware: ['RUNWARE_API_KEY'],
  'openai-compatible': ['OPENAI_COMPATIBLE_BASE_URL'],
};

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** The environment, and the variables of `.env` in the top folder that it does not set. */
export function readEnvironment(root, env = process.env) {
  const file = path.join(root, '.env');
  if (!existsSync(file)) return { ...env };
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return { ...parseEnv(readFileSync(file, 'utf8')), ...set };
}

/**
 * The settings of the start script, checked. An empty variable counts as unset.
 * @throws {OperatorError} with the variable and what it must be
 */
export function readSettings(root, env) {
  const text = (name) => (env[name] === undefined || env[name] === '' ? undefined : env[name]);
  const port = text('PORT') ?? '3000';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new OperatorError(`PORT is "${port}": set it to a number from 0 (any free port) to 65535.`);
  }
  const queueUrl = text('QUEUE_URL');
  if (queueUrl !== undefined && !/^(rediss?|postgres(ql)?):\/\/[^/]/.test(queueUrl)) {
    throw new OperatorError('QUEUE_URL must look like redis://host:6379 or postgres://user:password@host:5432/name.');
  }
  const logLevel = text('LOG_LEVEL') ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new OperatorError(`LOG_LEVEL is "${logLevel}": use one of ${LOG_LEVELS.join(', ')}.`);
  }
  return {
    home: path.resolve(root, text('LUMENFALL_HOME') ?? '.lumenfall'),
    host: text('HOST') ?? '127.0.0.1',
    port: Number(port),
    queueUrl,
    logLevel,
    publicUrl: text('PUBLIC_URL'),
    realProviders: Object.entries(PROVIDER_VARIABLES)
      .filter(([, variables]) => variables.some((variable) => text(variable) !== undefined))
      .map(([provider]) => provider),
  };
}
