/** Pure modules and cards under jsdom; what needs a real page is tested in tests/browser. */
const compiled = [
  '@jupyterlab',
  '@jupyter',
  '@lumino',
  '@codemirror',
  '@lezer',
  '@marijn',
  'lib0',
  'yjs',
  'y-protocols',
  'style-mod',
  'w3c-keyname',
  'crelt',
  '@microsoft',
  'exenv-es6',
  'nanoid',
  'color'
];

export default {
  testEnvironment: 'jsdom',
  testTimeout: 30_000, // on a busy machine every pause takes its time
  testMatch: ['<rootDir>/tests/**/*.spec.{ts,tsx}'],
  setupFiles: ['<rootDir>/tests/setup.ts'],
  moduleNameMapper: { '\\.(css|svg)$': '<rootDir>/tests/empty.ts' },
  transform: {
    '\\.(t|j)sx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
          target: 'es2022'
        }
      }
    ]
  },
  transformIgnorePatterns: [`/node_modules/(?!(${compiled.join('|')})/)`],
  restoreMocks: true
};
