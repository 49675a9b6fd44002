import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { useStories } from '../support/story.ts';
import { drawHistories, runHistory } from '../torture/histories.ts';

const startStory = useStories();
// Another one each time; FC_SEED repeats one, which the title of a test has.
const seed = fc.readConfigureGlobal().seed ?? Math.floor(Math.random() * 2 ** 31);
const drawn = drawHistories(seed, 3).map((numbers, index) => [index + 1, numbers] as const);

test.concurrent.each(drawn)(
  `production holds what was released, whatever happens: history %i of seed ${seed}`,
  async (index, numbers) => {
    const { unreleased, wrong, checked, runs } = await runHistory(await startStory(), `project-${index}`, numbers);
    expect([...unreleased, ...wrong]).toEqual([]);
    expect(Math.min(checked, runs.length)).toBeGreaterThan(0);
  },
);
