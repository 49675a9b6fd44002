import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { shortened } from '../../torture/simulated.ts';
import { drawHistory } from '../histories/draw.ts';
import { replayHistory } from './replay.ts';

// More of them, and other ones each time: npm run torture -- --only simulated
test.each([100_000_012, 400_000_013])('the bundle does what the simulator does in history %d', async (seed) => {
  const { runs, difference } = await replayHistory(shortened(drawHistory(seed)));
  expect(difference).toBeUndefined();
  expect(runs).toBeGreaterThan(3);
});

test('a difference is named with the step and the run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'replay-'));
  const bundle = join(folder, 'nothing.mjs');
  await writeFile(bundle, '');
  const history = shortened(drawHistory(400_000_013), 0);
  const { difference } = await replayHistory({ ...history, setup: { ...history.setup, isPublished: true } }, bundle);
  expect(difference).toMatch(
    /^Step \d+, before the first event, run 1 \(sync-project of acme\/widgets to test for push\): there is no branch test in the codex, and the simulator has one$/,
  );
  await rm(folder, { recursive: true });
});
