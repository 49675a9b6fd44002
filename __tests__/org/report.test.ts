import { describe, expect, test } from '@jest/globals';
import { parseInputs } from '../../src/inputs/parse.ts';
import {
  followSyncOrg,
  renderSyncOrgOutputs,
  reportSyncOrg,
  repositoryOutcome,
  type SyncOrgResult,
} from '../../src/org/report.ts';
import { parseSyncOrg } from '../../src/org/request.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { createRecordingConsole, logOf } from '../support/console.ts';
import { readable } from '../support/summary.ts';
import { COMMIT, changes, PARENT, plan, result } from '../support/sync-result.ts';
import { PUSH } from '../support/trigger.ts';

const nothingNew = { plan: plan(), publication: undefined, commit: undefined };
const published = repositoryOutcome('widgets', { result: result() });
const unchanged = repositoryOutcome('idle', { result: result(nothingNew) });
const broken = repositoryOutcome('broken', { error: 'config.json:1: sync_patterns is 3.\nconfig.json:2: more.' });
const withheld = repositoryOutcome('shrunk', {
  result: result({ plan: plan({ withheld: ['docs/1.md'] }), ...{ publication: undefined, commit: undefined } }),
});

function organization(more: Partial<SyncOrgResult> = {}, words: Record<string, string> = {}): SyncOrgResult {
  const inputs = parseInputs({ INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex.acme.com', ...words });
  return {
    request: parseSyncOrg(inputs, undefined, PUSH),
    codex: 'acme/codex.acme.com',
    choice: { chosen: [], skipped: new Map(), leftOut: [], elsewhere: 0, unmatched: [] },
    projects: [published, unchanged],
    branch: 'found',
    commit: COMMIT,
    parent: PARENT,
    pushes: 1,
    attempts: 1,
    stopped: undefined,
    warnings: [],
    ...more,
  };
}

describe('how a run ended', () => {
  test.each<[string, Partial<SyncOrgResult>, string, string]>([
    [
      'published',
      {},
      'published',
      'Published to test (branch test): 1 project (2 added, 1 modified, 1 deleted); 1 project had nothing new.',
    ],
    [
      'nothing new',
      { projects: [unchanged], commit: undefined },
      'unchanged',
      'Nothing to publish: test (branch test) has the documents of 1 project already.',
    ],
    ['one failed', { projects: [published, broken] }, 'failed', 'Published to test (branch test): 1 project'],
    [
      'deletions withheld',
      { projects: [withheld], commit: undefined },
      'failed',
      'Nothing was published to test (branch test).',
    ],
    [
      'nobody there',
      { projects: [], commit: undefined },
      'unchanged',
      'No repository has anything to publish to test (branch test).',
    ],
    [
      'ended early',
      { projects: [published], stopped: 'GitHub does not accept the token.' },
      'failed',
      'Published to test',
    ],
  ])('%s', (_, more, conclusion, sentence) => {
    const ended = organization(more);
    expect(renderSyncOrgOutputs(ended).conclusion).toBe(conclusion);
    expect(reportSyncOrg(ended).conclusion).toContain(sentence);
  });

  test('a dry run says what would be', () => {
    const planned = repositoryOutcome('widgets', {
      result: result({ commit: undefined }, { 'INPUT_DRY-RUN': 'true' }),
    });
    const ended = organization({ projects: [planned, unchanged], commit: undefined }, { 'INPUT_DRY-RUN': 'true' });
    expect(reportSyncOrg(ended).conclusion).toMatch(
      /^Dry run: 1 project \(2 added.*\) would be published to .* Nothing was written\.$/,
    );
    expect(renderSummary(reportSyncOrg(ended))).toContain('| <code>widgets</code> | would be 2 added');
  });

  test('the one error names the first ten that failed', () => {
    const many = Array.from({ length: 12 }, (_, index) => repositoryOutcome(`r${index}`, { error: 'Broken.' }));
    expect(reportSyncOrg(organization({ projects: [...many, published] })).failure?.split('\n')).toEqual([
      '12 of 13 repositories failed.',
      ...Array.from({ length: 10 }, (_, index) => `r${index}: Broken.`),
      '… and 2 more, in the summary',
    ]);
    expect(reportSyncOrg(organization()).failure).toBeUndefined();
  });
});

describe('the log', () => {
  test('has one line a repository, numbered, with its documents below', () => {
    const console = createRecordingConsole();
    const follower = followSyncOrg(console, () => new Date(0));
    const chosen = Array.from({ length: 12 }, () => ({}) as never);
    follower.chosen({ chosen, skipped: new Map([['old', 'archived']]), leftOut: ['x'], elsewhere: 3, unmatched: [] });
    follower.finished([published, unchanged, broken]);
    expect(console.said.filter((line) => !line.startsWith('  '))).toEqual([
      '12 repositories to publish, 1 skipped (archived: 1), 1 left out by name, 3 in the shards of other jobs',
      '> [ 1/12] widgets: 2 added, 1 modified, 1 deleted, 3 documents edited in the codex and kept',
      '[ 2/12] idle: unchanged',
      '[ 3/12] broken: failed: config.json:1: sync_patterns is 3. config.json:2: more.',
    ]);
    expect(console.said).toContain('  added    docs/new.md');
  });

  test('tells who looks on which repository is under way', () => {
    const console = createRecordingConsole();
    const follower = followSyncOrg(console, () => new Date(0));
    const chosen = Array.from({ length: 12 }, () => ({}) as never);
    follower.chosen({ chosen, skipped: new Map(), leftOut: [], elsewhere: 0, unmatched: [] });
    follower.read('widgets');
    follower.read('gears');
    expect(console.said.slice(1)).toEqual(['live: Read 1 of 12: widgets', 'live: Read 2 of 12: gears']);
  });

  test('of a long run says how far it is, and how long the rest takes', () => {
    const console = createRecordingConsole();
    let now = 0;
    const follower = followSyncOrg(console, () => new Date(now));
    const chosen = Array.from({ length: 4 }, () => ({}) as never);
    follower.chosen({ chosen, skipped: new Map(), leftOut: [], elsewhere: 0, unmatched: [] });
    now = 20_000;
    follower.finished([unchanged]);
    now = 120_000;
    follower.finished([unchanged]);
    follower.finished([unchanged, unchanged]);
    expect(console.said.filter((line) => line.includes('left'))).toEqual([
      '2 of 4 repositories done in 2 minutes, about 2 minutes left',
    ]);
  });

  test('ends with one error, and fails', () => {
    const said = logOf(reportSyncOrg(organization({ projects: [broken, published] })));
    expect(said.filter((line) => /^(?:error|fail)/.test(line))).toEqual([
      expect.stringContaining('error: 1 of 2 repositories failed.\nbroken: '),
      'fail',
    ]);
    expect(said).toContain(`Commits: https://github.com/acme/codex.acme.com/compare/${PARENT}...${COMMIT}`);
  });
});

describe('summary and outputs', () => {
  const ended = organization({
    projects: [unchanged, published, withheld, broken],
    warnings: ['No repository is called "x".'],
  });

  test('the summary has failures first', () => {
    const rows = readable(renderSummary(reportSyncOrg(ended)))
      .split('\n')
      .filter((line) => /^\| (?:broken|shrunk|widgets|idle) /.test(line));
    expect(rows.map((row) => row.split(' ')[1])).toEqual(['shrunk', 'broken', 'widgets', 'idle']);
  });

  test('the outputs count, and say why', () => {
    const outputs = renderSyncOrgOutputs(ended);
    expect(outputs).toMatchObject({
      conclusion: 'failed',
      succeeded: '2',
      failed: '2',
      'deletions-withheld': '1',
      'files-added': '2',
    });
    expect(JSON.parse(outputs.result)).toMatchObject({
      failures: [
        { repository: 'shrunk', error: expect.stringContaining('1 deletion withheld') },
        { repository: 'broken', error: expect.stringContaining('sync_patterns is 3') },
      ],
      warnings: ['No repository is called "x".'],
    });
  });

  test('both stay below what GitHub takes', () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      repositoryOutcome(`repository-${index}`, { result: result({ plan: plan({ changes: changes(200) }) }) }),
    );
    const large = organization({ projects: many });
    expect(Buffer.byteLength(renderSummary(reportSyncOrg(large)))).toBeLessThan(900_000);
    expect(Buffer.byteLength(renderSyncOrgOutputs(large).result)).toBeLessThan(900_000);
  });
});
