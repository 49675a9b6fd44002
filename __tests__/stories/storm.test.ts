import { expect, test } from '@jest/globals';
import { useStories } from '../support/story.ts';
import { oneProject } from '../torture/one-project.ts';
import { storm } from '../torture/storm.ts';

const startStory = useStories();

test('previews open and close, projects publish, one is promoted and an organization is published, all at once', async () => {
  const tally = await storm(await startStory(), 3);
  expect(tally).toMatchObject({ lost: [], leaked: [], wrong: [] });
  expect(tally.found).toBe(tally.expected);
});

test('jobs of one project at the same moment: four environments, one commit twice, an older and a newer commit', async () => {
  const tally = await oneProject(await startStory(), 1);
  expect(tally).toMatchObject({ runs: 8, found: 8, lost: [], leaked: [], wrong: [] });
});
