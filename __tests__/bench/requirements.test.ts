import { expect, test } from '@jest/globals';
import type { Figure, Spread } from '../../scripts/bench/figures.ts';
import { judge } from '../../scripts/bench/requirements.ts';
import { everythingHeld, requirements, withFigures } from './results.ts';

const missedOf = (results: typeof everythingHeld) =>
  judge(results)
    .filter(({ held }) => held === 'missed')
    .map(({ says }) => says);

test('what is just good enough is held', () => {
  expect(judge(everythingHeld).filter(({ held }) => held !== 'held')).toEqual([]);
  expect(judge(everythingHeld).find(({ says }) => says.includes('a full clone'))?.found).toBe('36.36');
});

test('what was not measured is neither held nor missed', () => {
  const verdicts = judge({ ...everythingHeld, measurements: [] });
  expect(verdicts.map(({ held, found }) => [held, found])).toEqual(requirements.map(() => ['not measured', '']));
});

const LARGE = 200_000;
const thrice = (value: number): Spread => [value, value, value];

// One figure that is too high or too low -> the words of each requirement that it breaks.
const misses: [string, number, string, Figure, Spread, string[]][] = [
  ['publish-100', LARGE, 'full clone', 'seconds', thrice(27), ['25 times faster']],
  ['publish-100', LARGE, 'sparse checkout', 'seconds', thrice(1.5), ['1.4 times faster']],
  ['publish-100', LARGE, 'codex-sync', 'down', [130_000, 130_000, 200_000], ['under 0.2 MB down']],
  ['publish-100', LARGE, 'codex-sync', 'down', thrice(131_000), ['the list of projects aside']],
  ['publish-100', LARGE, 'codex-sync', 'requests', [8, 8, 15], ['at most 14', 'as many requests']],
  ['publish-100', LARGE, 'codex-sync', 'disk', thrice(5_000_000), ['5 MB of disk']],
  ['few-projects', 400, 'codex-sync', 'seconds', thrice(0.9), ['as long as into 400']],
  ['nothing', LARGE, 'codex-sync', 'requests', [8, 8, 10], ['at most 9 requests']],
  ['nothing', LARGE, 'codex-sync', 'pushes', [0, 0, 1], ['no push']],
  ['both-environments', LARGE, 'codex-sync', 'seconds', thrice(1.2), ['1.1 times the first']],
  ['second-environment', LARGE, 'depth-1 clone', 'seconds', thrice(4), ['a quarter']],
  ['promote', LARGE, 'codex-sync', 'requests', [16, 16, 17], ['at most 16 requests']],
  ['fetch-1', LARGE, 'codex-sync', 'requests', [12, 12, 13], ['at most 12 requests']],
  ['fetch-500', LARGE, 'codex-sync, cached', 'down', thrice(250_000), ['exact hit']],
  ['organization', 400, 'codex-sync, 200 repositories', 'seconds', thrice(23), ['a tenth more']],
  ['organization', 400, 'codex-sync, 200 repositories', 'pushes', [12, 12, 13], ['12 pushes']],
  ['organization', 400, 'codex-sync, 200 repositories', 'requests', thrice(2401), ['requests a repository']],
  ['start', 400, 'codex-sync, refusing', 'seconds', thrice(0.2), ['Refuse']],
  ['start', 400, 'codex-sync --version', 'seconds', thrice(0.2), ['at a terminal']],
  ['documents-50000', 400, 'codex-sync', 'largest', thrice(150_000_000), ['150 MB']],
];

test.each(misses)('%s of %i by %s: %s', (name, codex, contestant, figure, spread, words) => {
  const missed = missedOf(withFigures(name, codex, contestant, { [figure]: spread }));
  expect(missed).toEqual(words.map((word) => expect.stringContaining(word)));
});

test('every requirement can be missed', () => {
  const missed = misses.flatMap(([name, codex, contestant, figure, spread]) =>
    missedOf(withFigures(name, codex, contestant, { [figure]: spread })),
  );
  expect(requirements.filter((says) => !missed.includes(says))).toEqual([]);
});
