import { mapPackages } from './scripts/test/packages.mjs';

/** One set-up for every kind of test: native ES modules, TypeScript through SWC. */
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^@lumenfall/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  // TypeScript first: every import without an extension is looked up in this order.
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.nx/'],
};

const kind = (displayName, testMatch, extra = {}) => ({ ...base, displayName, testMatch, ...extra });

const packages = await mapPackages(base.rootDir);

export default {
  // Ends tests that hang. It is long because a slow machine must not fail a test.
  testTimeout: 90_000,
  maxWorkers: '100%',
  projects: [
    kind('unit', ['<rootDir>/{libs,apps,scripts}/**/*.spec.ts'], {
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$'],
      moduleNameMapper: { ...packages, ...base.moduleNameMapper },
    }),
    kind('int', ['<rootDir>/{libs,apps,scripts}/**/*.int.spec.ts'], {
      globalSetup: '<rootDir>/libs/testing/src/jest/start-services.ts',
      globalTeardown: '<rootDir>/libs/testing/src/jest/close-services.ts',
    }),
    // The long form of a test whose short form is in `e2e`: `npm run test:failover`.
    kind('failover', ['<rootDir>/e2e/**/*.failover.spec.ts']),
    kind('e2e', ['<rootDir>/{apps,e2e}/**/*.e2e.spec.ts'], {
      globalSetup: '<rootDir>/e2e/start-stacks.ts',
      globalTeardown: '<rootDir>/e2e/close-stacks.ts',
    }),
  ],
};
