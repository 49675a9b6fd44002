import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

const simulate = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/simulate.ts', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

test('one seed and number of histories print the same, whoever shares them, and end with the figure', () => {
  const [one, two] = ['1', '2'].map((workers) => simulate('--seed', '7', '--histories', '10', '--workers', workers));
  expect(one?.stdout).toBe(two?.stdout);
  expect(one?.stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d+ runs in 10 histories: 0 violations$/);
  expect(one?.status).toBe(0);
}, 60_000);

test.each([
  ['--seed', 'x'],
  ['--seed', '999999999999999'],
  ['--histories', '1.5'],
  ['--histories', '0'],
  ['--workers', '0'],
  ['--replay', '{}'],
  ['--replay', '7'],
  ['--minutes', '1', '--small', '3'],
  ['--sabotages', '--situations'],
  ['--shrink'],
  ['--small'],
  ['--sabotage', 'nothing'],
  ['--small', '0'],
  ['--bogus'],
  ['stray'],
])('%s %s is answered with one sentence', (...args) => {
  const { status, stdout, stderr } = simulate(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toContain(args[0]);
});

test('--help has a line for each option', () => {
  const { status, stdout } = simulate('--help');
  expect(status).toBe(0);
  for (const option of ['seed', 'histories', 'minutes', 'workers', 'replay', 'small', 'sabotage', 'sabotages', 'help'])
    expect(stdout).toMatch(new RegExp(`^  --${option} `, 'm'));
});
