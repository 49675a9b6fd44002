import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { MODES } from '../../src/inputs/readers.ts';
import { gather } from '../support/contributors.ts';
import type { Grants } from '../support/github-access.ts';
import { found } from '../support/organization.ts';
import { employ } from '../support/release.ts';
import type { ActionRun } from '../support/runner.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { codex, useStory } from '../support/story.ts';

const story = await useStory();
const { github, tip } = story;
const people = await gather(story, { 'docs/a.md': 'a\n' });
const { syncOrg } = await found(story);
const { promote, retire } = await employ(story);
const nothing = { fullName: 'acme/widgets', directory: await github.scratch('nothing') };

const [reads, writes] = [{ [codex]: 'read' }, { [codex]: 'write' }] as const;
const READ = /acme\/codex\.acme\.com.*\("Contents: read-only"\)\.$/;
// Where it may not even create the branch, or may not push.
const WRITE = /acme\/codex\.acme\.com.*\("Contents: read and write"\)\./;

const fetching = { mode: 'fetch', references: '@codex/widgets/docs/a.md', 'use-cache': false };

interface Need {
  readonly what: string;
  readonly needs: Grants;
  readonly less: Grants;
  /** What a run with less says: the error that it ends with, or a line of its log where it ends well all the same. */
  readonly says: RegExp;
  readonly fails?: false;
  readonly conclusion: string;
  readonly run: (given: GivenInputs) => Promise<ActionRun>;
}

/** Every mode with the grant that the page of permissions names for it, and with one that is a little less. */
const NEEDS: Need[] = [
  {
    what: 'sync-project',
    needs: writes,
    less: reads,
    says: WRITE,
    conclusion: 'published',
    run: (given) => people.publish(given),
  },
  {
    what: "a pull request's preview",
    needs: writes,
    less: reads,
    says: WRITE,
    conclusion: 'published',
    run: async (given) => {
      await people.propose(1, { 'docs/a.md': 'a of 1\n' });
      return people.preview(1, given);
    },
  },
  {
    what: 'a closed preview',
    needs: writes,
    less: reads,
    says: WRITE,
    conclusion: 'published',
    run: (given) => people.close(1, given),
  },
  {
    what: 'sync-org, at the codex',
    needs: { ...writes, 'acme/widgets': 'read' },
    less: { ...reads, 'acme/widgets': 'read' },
    says: WRITE,
    conclusion: 'published',
    run: async (given) => {
      await people.commit({ 'docs/a.md': `${given.token}\n` });
      return syncOrg(given);
    },
  },
  {
    what: 'sync-org, at the repositories',
    needs: { ...writes, 'acme/widgets': 'read' },
    less: writes,
    says: /^This run sees no repository of acme .*to read the repositories \("Contents: read-only"\)/,
    conclusion: 'unchanged',
    run: (given) => syncOrg({ ...given, repositories: 'widgets' }),
  },
  { what: 'promote', needs: writes, less: reads, says: WRITE, conclusion: 'published', run: (given) => promote(given) },
  { what: 'retire', needs: writes, less: reads, says: WRITE, conclusion: 'published', run: (given) => retire(given) },
  {
    what: 'a dry run',
    needs: reads,
    less: {},
    says: READ,
    conclusion: 'dry-run',
    run: (given) => promote({ ...given, 'dry-run': true }),
  },
  {
    what: 'direction: from-codex',
    needs: reads,
    less: {},
    says: READ,
    conclusion: 'unchanged',
    run: (given) => people.publish({ ...given, direction: 'from-codex' }),
  },
  {
    what: 'status',
    needs: reads,
    less: {},
    says: READ,
    conclusion: 'listed',
    run: (given) => story.publish(nothing, { mode: 'status', ...given }),
  },
  {
    what: 'fetch',
    needs: reads,
    less: {},
    says: READ,
    conclusion: 'fetched',
    run: (given) => story.publish(nothing, { ...fetching, ...given }),
  },
  {
    what: 'doctor',
    needs: reads,
    less: {},
    says: READ,
    conclusion: 'listed',
    run: (given) => story.publish(nothing, { mode: 'doctor', ...given }),
  },
  {
    what: 'cache-list, which asks the project alone',
    needs: { 'acme/widgets': 'read' },
    less: {},
    says: /Actions cache: not listed \(GitHub did not answer; "project-token" needs "actions: read"\)/,
    fails: false,
    conclusion: 'listed',
    run: ({ token = '' }) => story.publish(nothing, { mode: 'cache-list', 'project-token': token }),
  },
];

test('the table has a row for each mode', async () => {
  const [table = ''] = /^\| Mode .*?\n\n/ms.exec(await readFile('docs/PERMISSIONS.md', 'utf8')) ?? [];
  expect(MODES.filter((mode) => !table.includes(`\n| \`${mode}\``))).toEqual([]);
});

test.each(NEEDS)('$what: the grant of the table is enough, less is one sentence', async ({ fails = true, ...need }) => {
  const before = await Promise.all([tip('main'), tip('test').catch(() => '')]);
  github.addToken('ghp_less', need.less);
  const refused = await need.run({ token: 'ghp_less' });
  const errors = refused.annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
  expect(fails ? errors : [refused.log]).toEqual([expect.stringMatching(need.says)]);
  expect(refused).toMatchObject({ exitCode: fails ? 1 : 0, outputs: { changed: 'false', 'commit-sha': '' } });
  expect(await Promise.all([tip('main'), tip('test').catch(() => '')])).toEqual(before);

  github.addToken('ghp_enough', need.needs);
  const run = await need.run({ token: 'ghp_enough' });
  expect({ annotations: run.annotations, conclusion: run.outputs.conclusion }).toEqual({
    annotations: [],
    conclusion: need.conclusion,
  });
  if (!fails) expect(run.log).not.toMatch(need.says);
});
