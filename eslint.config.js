import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/**
 * Module boundaries only; every other rule is in `.oxlintrc.json`, which is quicker by an order of magnitude.
 *
 * Libraries from inner to outer. Each may import the libraries that are named here, and nothing else of this project.
 */
const LAYERS = {
  money: [],
  async: [],
  contracts: ['money'],
  metering: ['money', 'contracts'],
  catalog: ['money', 'contracts', 'metering'],
  routing: ['money', 'contracts', 'catalog', 'metering', 'async'],
  providers: ['money', 'contracts', 'catalog', 'metering', 'async'],
  queue: ['contracts', 'async'],
  database: ['async'],
  accounts: ['money', 'contracts', 'database', 'async'],
  prices: ['contracts', 'catalog', 'database'],
  ledger: ['money', 'contracts', 'metering', 'database', 'videos', 'async'],
  operator: ['money', 'contracts', 'metering', 'database', 'accounts', 'ledger', 'prices', 'async'],
  payments: ['money', 'contracts'],
  videos: ['money', 'contracts', 'metering', 'database', 'async'],
  'image-runs': ['money', 'contracts', 'metering', 'database', 'async'],
  payloads: ['contracts', 'database'],
  media: ['contracts', 'async'],
  'service-kit': ['contracts', 'async'],
  'billing-client': ['money', 'contracts', 'metering', 'service-kit', 'async'],
  execution: [
    ...['money', 'contracts', 'catalog', 'metering', 'routing', 'providers', 'queue', 'media', 'service-kit', 'async'],
  ],
};

/** Libraries that only some apps may import: who writes money, videos, image runs and accounts is decided here. */
const OWNED = {
  ledger: ['billing', 'cli'],
  operator: ['billing', 'cli'],
  accounts: ['gateway', 'billing', 'cli'],
  prices: ['gateway', 'cli'],
  payments: ['billing'],
  videos: ['gateway', 'video-worker'],
  'image-runs': ['gateway', 'image-worker'],
  payloads: ['gateway'],
  database: ['gateway', 'billing', 'image-worker', 'video-worker', 'cli'],
};

/** Third-party packages that only some projects may import. */
const RESERVED = {
  'bullmq*': ['queue'],
  ioredis: ['queue', 'testing'],
  pg: ['queue', 'database', 'testing'],
  '@prisma/*': ['database'],
  axios: ['providers', 'billing-client'],
  'stripe*': ['payments'],
  'csv-stringify*': ['gateway'],
  'sharp*': ['media', 'sandbox'],
  '@nestjs/*': ['service-kit', 'gateway', 'billing', 'chat-worker', 'image-worker', 'video-worker', 'sandbox'],
  'fastify*': ['service-kit', 'gateway', 'billing', 'sandbox'],
};

const LIBRARIES = Object.keys(LAYERS);
const APPS = ['gateway', 'chat-worker', 'image-worker', 'video-worker', 'billing', 'sandbox', 'cli'];

const constraint = (sourceTag, name, libraries) => ({
  sourceTag,
  onlyDependOnLibsWithTags: libraries.map((library) => `lib:${library}`),
  bannedExternalImports: Object.keys(RESERVED).filter((packages) => !RESERVED[packages].includes(name)),
});

const librariesOf = (app) =>
  LIBRARIES.filter((library) => OWNED[library] === undefined || OWNED[library].includes(app));

const boundaries = (depConstraints) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: false,
      allow: [],
      // The tests of `async` use the manual clock of `testing`, which implements its clock.
      ignoredCircularDependencies: [['async', 'testing']],
      depConstraints,
    },
  ],
});

export default [
  { ignores: ['dist/', '.nx/', '.lumenfall/', 'coverage/', 'libs/database/src/generated/', '**/fixtures/**'] },
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    languageOptions: { parser: tseslint.parser },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    rules: boundaries([
      ...LIBRARIES.map((name) => constraint(`lib:${name}`, name, [name, ...LAYERS[name]])),
      { sourceTag: 'lib:testing', onlyDependOnLibsWithTags: [...LIBRARIES, 'testing'].map((name) => `lib:${name}`) },
      ...APPS.map((name) => constraint(`app:${name}`, name, librariesOf(name))),
    ]),
  },
  {
    // Tests may use every library; that they import no app and no file of another project by its path still holds.
    files: [
      '**/*.spec.ts',
      '**/test/**/*.ts',
      'libs/testing/**/*.ts',
      'e2e/**/*.ts',
      'bench/**/*.ts',
      '**/contract/**/*.ts',
    ],
    rules: boundaries([{ sourceTag: '*', onlyDependOnLibsWithTags: ['*'] }]),
  },
];
