import { availableParallelism } from 'node:os';

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  globalSetup: '<rootDir>/__tests__/support/global-setup.ts',
  setupFiles: ['<rootDir>/__tests__/support/properties.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.stryker-tmp/'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  // Half of a story is waiting: for a back-off, for a limit, for another run. A share of the cores in jest's words is at most all.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  // Each fork copies what a worker holds.
  workerIdleMemoryLimit: '250MB',
  testTimeout: 120_000,
};
