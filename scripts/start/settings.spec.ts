import { isRecentEnough } from './node-version.mjs';
import { environmentOf } from './services.mjs';
import { readSettings } from './settings.mjs';

describe('the settings of npm start', () => {
  it('have a default each; an empty variable counts as unset', () => {
    expect(readSettings('/top', { PORT: '', QUEUE_URL: '' })).toMatchObject({
      home: '/top/.lumenfall',
      host: '127.0.0.1',
      port: 3000,
      queueUrl: undefined,
      realProviders: [],
    });
  });

  it.each([
    [{ PORT: 'http' }, /^PORT is "http": set it to a number/],
    [{ PORT: '65536' }, /^PORT is "65536"/],
    [{ QUEUE_URL: 'localhost:6379' }, /^QUEUE_URL must look like redis:/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL is "loud": use one of/],
  ])('are refused with one line that names the variable and the allowed values: %j', (env, message) => {
    expect(() => readSettings('/top', env)).toThrow(message);
  });

  it('list the providers that have a key as real', () => {
    expect(readSettings('/top', { FAL_KEY: 'k', OPENAI_API_KEY: '' }).realProviders).toEqual(['fal']);
  });
});

describe('the environment of a service', () => {
  const run = {
    ...{ databaseUrl: 'postgres://d', queueUrl: 'redis://q', billingPort: 1, sandboxPort: 2, gatewayPort: 3 },
    ...{ gatewayHost: '0.0.0.0', publicUrl: 'http://localhost:3', mediaDir: '/media' },
  };
  const env = { PATH: '/bin', OPENAI_API_KEY: 'secret', DATABASE_URL: 'other', PORT: '9', HOST: 'h' };

  it('has only the secrets that the service needs', () => {
    expect(environmentOf('sandbox', env, run)).toEqual({
      PATH: '/bin',
      HOST: '127.0.0.1',
      PORT: '2',
      SHUTDOWN_GRACE_MS: '4000',
    });
    expect(environmentOf('chat-worker', env, run)).toMatchObject({ OPENAI_API_KEY: 'secret', QUEUE_URL: 'redis://q' });
    expect(environmentOf('chat-worker', env, run)).not.toHaveProperty('DATABASE_URL');
    const bucket = { ...env, AWS_SECRET_ACCESS_KEY: 'key' };
    expect(environmentOf('chat-worker', bucket, run)).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
    expect(environmentOf('image-worker', bucket, run)).toMatchObject({ AWS_SECRET_ACCESS_KEY: 'key' });
  });

  it('has the addresses of the other services for the gateway, which alone listens on HOST', () => {
    expect(environmentOf('gateway', env, run)).toMatchObject({
      ...{ HOST: '0.0.0.0', PORT: '3', DATABASE_URL: 'postgres://d', BILLING_URL: 'http://127.0.0.1:1' },
      ...{ SANDBOX_URL: 'http://127.0.0.1:2', PUBLIC_URL: 'http://localhost:3', MEDIA_DIR: '/media' },
    });
  });
});

describe('the check of the Node version', () => {
  it.each([
    ['v20.19.0', true],
    ['v20.18.9', false],
    ['v24.0.0', true],
    ['v18.20.0', false],
  ])('for %s gives %s', (version, enough) => {
    expect(isRecentEnough(version)).toBe(enough);
  });
});
