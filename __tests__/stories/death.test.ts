import { expect, test } from '@jest/globals';
import { useStories } from '../support/story.ts';
import { type Death, death } from '../torture/death.ts';

const startStory = useStories();

// While it asks the first question, while it reads the codex, before the push, in the push, and, both ways, behind it.
test.concurrent.each<[string, Death[]]>([
  [
    'publishing',
    [
      { deed: 'publish', signal: 'SIGKILL', after: 0 },
      { deed: 'publish', signal: 'SIGTERM', after: 1 },
      { deed: 'publish', signal: 'SIGKILL', after: 3 },
      { deed: 'publish', signal: 'SIGINT', after: 4 },
      { deed: 'publish', signal: 'SIGKILL', after: 4 },
    ],
  ],
  [
    'both ways',
    [
      { deed: 'both ways', signal: 'SIGKILL', after: 5 },
      { deed: 'both ways', signal: 'SIGTERM', after: 6 },
      { deed: 'both ways', signal: 'SIGKILL', after: 7 },
    ],
  ],
  [
    'promoting and retiring',
    [
      { deed: 'promote', signal: 'SIGKILL', after: 2 },
      { deed: 'promote', signal: 'SIGKILL', after: 4 },
      { deed: 'retire', signal: 'SIGKILL', after: 4 },
    ],
  ],
  [
    'closing a preview',
    [
      { deed: 'close', signal: 'SIGTERM', after: 3 },
      { deed: 'close', signal: 'SIGKILL', after: 6 },
    ],
  ],
])('a run that is killed leaves all of a change or nothing, and the next one completes it: %s', async (_, deaths) => {
  const tally = await death(await startStory(), deaths);
  expect(tally).toMatchObject({ runs: deaths.length * 2, faults: deaths.length, lost: [], leaked: [], wrong: [] });
  expect(tally.found).toBe(tally.expected);
});
