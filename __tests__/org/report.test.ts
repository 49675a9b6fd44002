import { describe, expect, test } from '@jest/globals';
import { parseInputs } from '../../src/inputs/parse.ts';
import { followSyncOrg, writeSyncOrgLog } from '../../src/org/log.ts';
import { conclusionOf, renderSyncOrgOutputs, repositoryOutcome, type SyncOrgResult } from '../../src/org/report.ts';
import { parseSyncOrg } from '../../src/org/request.ts';
import { renderSyncOrgSummary } from '../../src/org/summary.ts';
import { conclusionSentence, failureSentence, stateOf } from '../../src/org/words.ts';
import type { Console } from '../../src/report/console.ts';
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
    outcomes: [published, unchanged],
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

/** What a run says, line by line. */
function listen(): Console & { said: string[] } {
  const said: string[] = [];
  const say = (kind: string) => (text: string) => void said.push(kind + text);
  return {
    said,
    ...{
      line: say(''),
      debug: say('debug: '),
      notice: say('notice: '),
      warning: say('warning: '),
      error: say('error: '),
    },
    group: (title, lines) => void said.push(`> ${title}`, ...lines.map((line) => `  ${line}`)),
    secret: () => undefined,
    progress: (text) => void said.push(`live: ${text}`),
    output: () => undefined,
    summary: async () => undefined,
    fail: () => void said.push('fail'),
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
      { outcomes: [unchanged], commit: undefined },
      'unchanged',
      'Nothing to publish: test (branch test) has the documents of 1 project already.',
    ],
    ['one failed', { outcomes: [published, broken] }, 'failed', 'Published to test (branch test): 1 project'],
    [
      'deletions withheld',
      { outcomes: [withheld], commit: undefined },
      'failed',
      'Nothing was published to test (branch test).',
    ],
    [
      'nobody there',
      { outcomes: [], commit: undefined },
      'unchanged',
      'No repository has anything to publish to test (branch test).',
    ],
    [
      'ended early',
      { outcomes: [published], stopped: 'GitHub does not know the token.' },
      'failed',
      'Published to test',
    ],
  ])('%s', (_, more, conclusion, sentence) => {
    const ended = organization(more);
    expect(conclusionOf(ended)).toBe(conclusion);
    expect(conclusionSentence(ended)).toContain(sentence);
  });

  test('a dry run says what would be', () => {
    const planned = repositoryOutcome('widgets', {
      result: result({ commit: undefined }, { 'INPUT_DRY-RUN': 'true' }),
    });
    const ended = organization({ outcomes: [planned, unchanged], commit: undefined }, { 'INPUT_DRY-RUN': 'true' });
    expect(conclusionSentence(ended)).toMatch(
      /^Dry run: 1 project \(2 added.*\) would be published to .* Nothing was written\.$/,
    );
    expect(stateOf(planned)).toMatch(/^would be 2 added/);
  });

  test('the one error names the first ten that failed', () => {
    const many = Array.from({ length: 12 }, (_, index) => repositoryOutcome(`r${index}`, { error: 'Broken.' }));
    expect(failureSentence(organization({ outcomes: [...many, published] }))?.split('\n')).toEqual([
      '12 of 13 repositories failed.',
      ...Array.from({ length: 10 }, (_, index) => `r${index}: Broken.`),
      '… and 2 more, in the summary',
    ]);
    expect(failureSentence(organization())).toBeUndefined();
  });
});

describe('the log', () => {
  test('has one line a repository, numbered, with its documents below', () => {
    const console = listen();
    const follower = followSyncOrg(console, () => new Date(0));
    const chosen = Array.from({ length: 12 }, () => ({}) as never);
    follower.chosen({ chosen, skipped: new Map([['old', 'archived']]), leftOut: ['x'], elsewhere: 3, unmatched: [] });
    follower.finished([published, unchanged, broken]);
    expect(console.said.filter((line) => !line.startsWith('  '))).toEqual([
      '12 repositories to publish, 1 passed over (archived: 1), 1 left out by name, 3 in the shares of other jobs',
      '> [ 1/12] widgets: 2 added, 1 modified, 1 deleted, 3 documents edited in the codex left alone',
      '[ 2/12] idle: unchanged',
      '[ 3/12] broken: failed: config.json:1: sync_patterns is 3. config.json:2: more.',
    ]);
    expect(console.said).toContain('  added    docs/new.md');
  });

  test('tells who looks on which repository is under way', () => {
    const console = listen();
    const follower = followSyncOrg(console, () => new Date(0));
    const chosen = Array.from({ length: 12 }, () => ({}) as never);
    follower.chosen({ chosen, skipped: new Map(), leftOut: [], elsewhere: 0, unmatched: [] });
    follower.read('widgets');
    follower.read('gears');
    expect(console.said.slice(1)).toEqual(['live: Read 1 of 12: widgets', 'live: Read 2 of 12: gears']);
  });

  test('of a long run says how far it is, and how long the rest takes', () => {
    const console = listen();
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
    const console = listen();
    writeSyncOrgLog(organization({ outcomes: [broken, published] }), console);
    expect(console.said.filter((line) => /^(?:error|fail)/.test(line))).toEqual([
      expect.stringContaining('error: 1 of 2 repositories failed.\nbroken: '),
      'fail',
    ]);
    expect(console.said).toContain(`Commits: https://github.com/acme/codex.acme.com/compare/${PARENT}...${COMMIT}`);
  });
});

describe('summary and outputs', () => {
  const ended = organization({
    outcomes: [unchanged, published, withheld, broken],
    warnings: ['No repository is called "x".'],
  });

  test('the summary has failures first', () => {
    const rows = readable(renderSyncOrgSummary(ended))
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
    const large = organization({ outcomes: many });
    expect(Buffer.byteLength(renderSyncOrgSummary(large))).toBeLessThan(900_000);
    expect(Buffer.byteLength(renderSyncOrgOutputs(large).result)).toBeLessThan(900_000);
  });
});
