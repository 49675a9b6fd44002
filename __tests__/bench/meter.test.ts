import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Metered, weigh } from '../../scripts/bench/meter.ts';

const MB = 1024 * 1024;
let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'meter-')));
});
afterAll(() => rm(root, { recursive: true }));

/** A child that uses 0.6 seconds of CPU and holds 100 MB, below a process that waits for it; a file comes and goes. */
const BUSY = `
  const { spawnSync } = require('node:child_process');
  const { writeFileSync, rmSync } = require('node:fs');
  writeFileSync('large', Buffer.alloc(3 * ${MB}, 1));
  const child = "const held = Buffer.alloc(100 * ${MB}, 1); while (process.cpuUsage().user < 600_000) for (let i = 0; i < 1e6; i++);";
  spawnSync(process.execPath, ['--eval', child]);
  rmSync('large');
  process.exitCode = 3;
`;

test('a meter tells time, CPU and memory of all processes, and what a folder held meanwhile', async () => {
  const [report, folder] = [join(root, 'report.json'), join(root, 'folder')];
  await mkdir(folder);
  const words = ['scripts/bench/meter.ts', report, '10', folder];
  const command = [process.execPath, '--eval', BUSY];
  const meter = join(process.cwd(), words[0] ?? '');
  const { status } = spawnSync(process.execPath, [meter, ...words.slice(1), ...command], { cwd: folder });
  expect(status).toBe(3);
  const metered: Metered = JSON.parse(await readFile(report, 'utf8'));
  expect(metered.seconds).toBeGreaterThan(0.6);
  expect(metered.disk).toBeGreaterThanOrEqual(3 * MB);
  if (process.platform !== 'linux') return;
  expect(metered.cpu).toBeGreaterThan(0.5);
  expect(metered.largest).toBeGreaterThan(100 * MB);
  // The process that waits is there too.
  expect((metered.memory ?? 0) - (metered.largest ?? 0)).toBeGreaterThan(10 * MB);
});

test('a folder weighs what all files below it hold, and nothing where it is gone', async () => {
  const folder = join(root, 'weighed');
  await mkdir(join(folder, 'deep'), { recursive: true });
  await writeFile(join(folder, 'a'), Buffer.alloc(MB, 1));
  await writeFile(join(folder, 'deep', 'b'), Buffer.alloc(MB, 1));
  expect(weigh(folder)).toBeGreaterThanOrEqual(2 * MB);
  expect(weigh(folder)).toBeLessThan(2.1 * MB);
  expect(weigh(join(root, 'gone'))).toBe(0);
});
