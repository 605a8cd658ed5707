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
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.nx/'],
};

const kind = (displayName, testMatch, extra = {}) => ({ ...base, displayName, testMatch, ...extra });

export default {
  // A slow machine is no failure: this ends what hangs, and what has to be quick is measured against something else.
  testTimeout: 90_000,
  projects: [
    kind('unit', ['<rootDir>/{libs,apps,scripts}/**/*.spec.ts'], {
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$'],
    }),
    kind('int', ['<rootDir>/{libs,apps,scripts}/**/*.int.spec.ts'], {
      globalSetup: '<rootDir>/libs/testing/src/jest/start-services.ts',
      globalTeardown: '<rootDir>/libs/testing/src/jest/stop-services.ts',
    }),
    // The long form of a test that `e2e` has a short one of: `npm run test:failover`.
    kind('failover', ['<rootDir>/e2e/**/*.failover.spec.ts']),
    kind('e2e', ['<rootDir>/{apps,e2e}/**/*.e2e.spec.ts'], {
      globalSetup: '<rootDir>/e2e/start-stacks.ts',
      globalTeardown: '<rootDir>/e2e/stop-stacks.ts',
    }),
  ],
};
