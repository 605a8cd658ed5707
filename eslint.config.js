import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Inner to outer. Each library may use those before it that are named here, and nothing else of ours. */
const LAYERS = {
  async: [],
  money: [],
  contracts: ['money'],
  catalog: ['money', 'contracts'],
  routing: ['money', 'contracts', 'catalog'],
  providers: ['async', 'contracts', 'catalog'],
  queue: ['async', 'contracts'],
  database: ['money', 'contracts'],
  media: ['contracts'],
  'billing-client': ['money', 'contracts'],
  'service-kit': ['async'],
  execution: ['async', 'money', 'contracts', 'catalog', 'routing', 'providers', 'queue', 'media', 'service-kit'],
};

/** Third-party packages that only some libraries may import. */
const RESERVED = {
  'bullmq*': ['queue'],
  ioredis: ['queue', 'testing'],
  pg: ['queue', 'database', 'testing'],
  '@prisma/*': ['database'],
  axios: ['providers', 'billing-client'],
  'sharp*': ['media', 'sandbox'],
  '@nestjs/*': ['service-kit', 'gateway', 'billing', 'chat-worker', 'image-worker', 'video-worker', 'sandbox'],
  'fastify*': ['service-kit', 'gateway', 'billing', 'sandbox'],
};

const LIBRARIES = [...Object.keys(LAYERS), 'testing'];
const APPS = ['gateway', 'chat-worker', 'image-worker', 'video-worker', 'billing', 'sandbox', 'cli'];

const bannedFor = (name) =>
  Object.entries(RESERVED)
    .filter(([, owners]) => !owners.includes(name))
    .map(([packages]) => packages);

const onlyFrom = (sourceTag, name, allowed) => ({
  sourceTag,
  onlyDependOnLibsWithTags: allowed.map((library) => `lib:${library}`),
  bannedExternalImports: bannedFor(name),
});

const boundaries = (extra = []) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    allow: [],
    depConstraints: [
      ...Object.entries(LAYERS).map(([name, inner]) => onlyFrom(`lib:${name}`, name, [name, ...inner, ...extra])),
      { sourceTag: 'lib:testing', onlyDependOnLibsWithTags: LIBRARIES.map((library) => `lib:${library}`) },
      ...APPS.map((name) => onlyFrom(`app:${name}`, name, [...Object.keys(LAYERS), ...extra])),
    ],
  },
];

const TESTS = [
  '**/*.spec.ts',
  '**/test/**/*.ts',
  'libs/testing/**/*.ts',
  'e2e/**/*.ts',
  'bench/**/*.ts',
  '**/contract/**/*.ts',
];

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      '.nx/',
      '.lumenfall/',
      'coverage/',
      'libs/database/src/generated/',
      '**/fixtures/**',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(),
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Configuration is parsed once, by service-kit.' },
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: [{ sourceTag: '*', onlyDependOnLibsWithTags: ['*'] }],
        },
      ],
      'no-restricted-properties': 'off',
      'no-console': 'off',
      'max-lines': 'off',
    },
  },
  {
    files: ['libs/service-kit/src/serve.ts', '**/*.main.ts', 'scripts/**', 'libs/*/scripts/**'],
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  prettier,
);
