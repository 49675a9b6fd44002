import { expect, test } from '@jest/globals';
import { useStory } from '../support/story.ts';
import { writers } from '../torture/writers.ts';

const story = await useStory();

test('24 projects publish at the same moment while somebody commits by hand: one commit each, nothing lost', async () => {
  const tally = await writers(story, 24);
  expect(tally).toMatchObject({ runs: 24, lost: [], leaked: [], wrong: [] });
  expect(tally.found).toBe(24 * 2 + tally.faults);
  expect(tally.faults).toBeGreaterThan(0);
}, 300_000);
