import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const script = fileURLToPath(new URL('print-logs.ts', import.meta.url));
const windows = new URL('windows.ts', import.meta.url).href;
const HISTORIES = 12;
const seed = 1 + Math.floor(Math.random() * 1_000_000_000);

async function printLogs(options: readonly string[], variables: Readonly<Record<string, string>>, mode = '') {
  const { stdout } = await run(process.execPath, [...options, script, `${seed}`, `${HISTORIES}`, mode], {
    env: { ...process.env, ...variables, NODE_OPTIONS: '' },
    maxBuffer: 2 ** 29,
  });
  return stdout.trimEnd().split('\n');
}

test(`seed ${seed} and the ${HISTORIES - 1} after it are the same histories in every process, to the last byte, and ask no clock`, async () => {
  const [here, there, guarded, onWindows] = await Promise.all([
    printLogs(['--random-seed=1', '--hash-seed=1'], { TZ: 'Asia/Tokyo', LC_ALL: 'C' }),
    printLogs(['--random-seed=2', '--hash-seed=2'], { TZ: 'America/New_York', LC_ALL: 'tr_TR.UTF-8' }),
    // Fails with the first place that asks a clock, a timer or a random number that it was not given.
    printLogs([], {}, 'guarded'),
    printLogs(['--import', windows], {}),
  ]);
  expect(here).toHaveLength(HISTORIES);
  expect(here.join().length).toBeGreaterThan(HISTORIES * 10_000);
  const differing = here.flatMap((log, index) =>
    [there, guarded, onWindows].every((other) => other[index] === log)
      ? []
      : [`npm run simulate -- --replay ${seed + index}`],
  );
  expect(differing).toEqual([]);
});

test('the paths of the last of these are those of Windows', async () => {
  const code = "import { sep } from 'node:path'; process.stdout.write(process.platform + sep)";
  const { stdout } = await run(process.execPath, ['--import', windows, '--input-type=module', '--eval', code]);
  expect(stdout).toBe('win32\\');
});
