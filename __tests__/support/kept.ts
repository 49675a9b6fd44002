import { tmpdir } from 'node:os';

/** Variable with the folder for what is made once and serves every run of the tests, where it is not the usual one. */
export const TESTS_KEPT = 'TESTS_KEPT';

/** That folder. */
export const kept = process.env[TESTS_KEPT] ?? tmpdir();
