import { spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { startCacheService } from '../support/cache-service.ts';
import { readText, readTree } from '../support/codex.ts';
import type { LocalGitHub } from '../support/github.ts';
import type { Permissions } from '../support/github-access.ts';
import { checkoutProject } from '../support/project.ts';
import { closePullRequest, openPullRequest } from '../support/pull-request.ts';
import { useStories } from '../support/story.ts';
import { type EndedStep, type JobOccasion, performJob, readJob } from '../support/workflow-job.ts';

const repository = 'fractary/codex-sync';
const inDocs = await readdir('docs', { recursive: true, withFileTypes: true });
const documents = [
  'README.md',
  ...inDocs.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)),
];
/** Our own documents, and a file that is none. */
const files = Object.fromEntries(
  await Promise.all([...documents, 'package.json'].map(async (path) => [path, await readFile(path)] as const)),
);
const startStory = useStories();
const service = startCacheService();
afterAll(async () => (await service).close());

/** This repository on the local GitHub, project and codex at once, and what its jobs are given there. */
async function start(permissions: Permissions, context: JobOccasion['context'] = {}) {
  const { github } = await startStory();
  await github.createRepository(repository, {
    files: { ...files, '.github/watch.json': await readFile('.github/watch.json', 'utf8') },
    visibility: 'public',
  });
  const githubToken = 'ghs_own';
  const access = permissions.contents ?? 'read';
  github.addToken(githubToken, { [repository]: access }, { kind: 'installation', permissions });
  const occasion = { github, repository, githubToken, cache: await service, context };
  const branches = async () =>
    (await github.git(repository, 'for-each-ref', '--format=%(refname:short)', 'refs/heads')).split('\n');
  return { github, occasion, branches };
}

/** Steps that did not end well, with what they said. */
function troubles(steps: readonly EndedStep[]): string[] {
  return steps
    .filter(({ outcome }) => outcome !== 'success')
    .map(({ name, outcome, log }) => `${name}: ${outcome}\n${log}`);
}

describe('this repository publishes into itself, by the steps of its own workflow', () => {
  const context = { 'github.run_id': '7', 'github.run_attempt': '1' };
  const refused = 'An environment that there is not';

  test.each(['ubuntu-latest', 'windows-latest'])(
    'on %s: each check holds, and the scratch branch is gone',
    async (os) => {
      const { occasion, branches } = await start({ contents: 'write' }, { ...context, 'matrix.os': os });
      const steps = await performJob(await readJob('own-action.yml', 'publish'), occasion);
      expect(troubles(steps)).toEqual([expect.stringMatching(new RegExp(`^${refused}: failure\\nError: .*"Tset"`))]);
      expect(steps.find(({ name }) => name === 'A publication')?.run?.outputs).toMatchObject({
        branch: `codex-scratch/7-1-${os}`,
        'branch-created': 'true',
        'files-added': `${documents.length}`,
      });
      expect(await branches()).toEqual(['main']);
    },
  );

  test('a step that fails skips the rest, and the scratch branch goes all the same', async () => {
    const { occasion, branches } = await start({ contents: 'write' }, { ...context, 'matrix.os': 'macos-latest' });
    const job = await readJob('own-action.yml', 'publish');
    const at = job.steps.findIndex(({ id }) => id === 'publish') + 1;
    const made = {
      name: 'A branch',
      run: 'git ls-remote --exit-code "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" "refs/heads/$BRANCH"',
    };
    const broken = { ...job, steps: job.steps.toSpliced(at, 0, made, { name: 'Broken', run: 'exit 3' }) };
    const steps = await performJob(broken, occasion);
    expect(steps.map(({ outcome }) => outcome)).toEqual([
      ...job.steps.slice(0, at).map(() => 'success'),
      'success',
      'failure',
      ...job.steps.slice(at, -1).map(() => 'skipped'),
      'success',
    ]);
    expect(await branches()).toEqual(['main']);
  });

  test.each([
    ['from here', repository, 'dry-run'],
    ['from a fork', 'mona/codex-sync', 'skipped'],
  ])('a pull request %s is looked at with a token that may only read', async (_, from, conclusion) => {
    const { github, occasion } = await start(
      { contents: 'read' },
      { 'github.event.pull_request.head.repo.full_name': from },
    );
    if (from !== repository) {
      const like = github.directory(repository);
      await github.createRepository(from, { like, fork: true, visibility: 'public' });
    }
    await propose(github, from);
    const about = { event: 'pull_request', pullRequest: 7, ref: 'refs/pull/7/merge' };
    const steps = await performJob(await readJob('own-action.yml', 'look'), { ...occasion, ...about });
    expect(troubles(steps)).toEqual([]);
    expect(steps.find(({ run }) => run)?.run?.outputs.conclusion).toBe(conclusion);
  });
});

/** Opens pull request 7 of a branch that adds a document. */
async function propose(github: LocalGitHub, from = repository): Promise<void> {
  const project = await checkoutProject(github, from);
  await project.git('checkout', '--quiet', '-b', 'feature');
  await project.write('docs/new.md', 'New\n');
  await project.commit('Propose');
  await project.push('feature');
  await openPullRequest(github, repository, { number: 7, head: 'feature', headRepository: from });
}

describe('the watch of what is released', () => {
  const scheduled = (run: string) => ({
    event: 'schedule',
    variables: { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: '1' },
  });

  test('publishes, promotes, fetches, and hits the cache; the next day begins from nothing', async () => {
    const { github, occasion, branches } = await start({ contents: 'write' });
    const job = await readJob('watch.yml', 'released');
    expect(troubles(await performJob(job, { ...occasion, ...scheduled('8') }))).toEqual([]);
    const left = ['codex-watch/previews', 'codex-watch/release', 'codex-watch/test', 'main'];
    expect(await branches()).toEqual(left);
    expect(troubles(await performJob(job, { ...occasion, ...scheduled('9') }))).toEqual([]);
    const released = 'projects/codex-sync/docs/watch.md';
    expect(await readText(github, repository, 'codex-watch/release', released)).toBe('Run 9, attempt 1\n');
    expect(await branches()).toEqual(left);
  });

  test('publishes the preview of a pull request with a comment, and closes it', async () => {
    const { github, occasion } = await start({ contents: 'write', pull_requests: 'write' });
    const released = await performJob(await readJob('watch.yml', 'released'), { ...occasion, ...scheduled('10') });
    expect(troubles(released)).toEqual([]);
    await propose(github);
    const job = await readJob('watch.yml', 'pull-request');
    const perform = (action: 'opened' | 'closed', more: { ref?: string } = {}) =>
      performJob(job, { ...occasion, event: 'pull_request', pullRequest: 7, action, ...more });
    const shown = async () =>
      Object.keys(await readTree(github, repository, 'codex-watch/previews', 'projects/codex-sync/docs')).sort();
    expect(troubles(await perform('opened', { ref: 'refs/pull/7/merge' }))).toEqual([]);
    expect(await shown()).toContain('new.md');
    expect(github.repository(repository).comments).toHaveLength(1);
    await closePullRequest(github, repository, 7);
    const closed = await perform('closed');
    expect(closed.map(({ outcome }) => outcome)).toEqual(['skipped', 'success', 'success']);
    expect(await shown()).not.toContain('new.md');
    expect(await shown()).toContain('REFERENCE.md');
  });

  // The program itself is not on every machine: what stands in for it lists the open issue, and writes down what it is told.
  const PROGRAM =
    '#!/usr/bin/env bash\ncase "$1 $2" in *" list") echo "$LISTED" ;; *) printf "%s " "$@" >> "$TOLD"; echo >> "$TOLD" ;; esac\n';
  const url = 'https://github.com/fractary/codex-sync/actions/runs/8';
  const failedNow = `The released v1 fails on GitHub. Last run that failed: ${url}`;

  async function withProgram(file: string, job: string, context: JobOccasion['context'], listed: string) {
    const { github, occasion } = await start({}, context);
    const place = await github.scratch('programs');
    await writeFile(join(place, 'gh'), PROGRAM);
    await chmod(join(place, 'gh'), 0o755);
    const told = join(place, 'told');
    await writeFile(told, '');
    const variables = { PATH: `${place}${delimiter}${process.env.PATH}`, LISTED: listed, TOLD: told };
    const steps = await performJob(await readJob(file, job), { ...occasion, event: 'schedule', variables });
    const lines = (await readFile(told, 'utf8')).split('\n').map((line) => line.trim());
    return { steps, told: lines.filter((line) => line !== '') };
  }

  test.each([
    [
      'opens an issue when it fails',
      'true',
      '',
      [/^label create watch --force /, /^issue create --label watch .*runs\/8$/],
    ],
    ['changes that one while it fails', 'true', '12', [new RegExp(`^issue edit 12 --body ${failedNow}$`)]],
    ['closes it when it works again', 'false', '12', [new RegExp(`^issue close 12 --comment It works again: ${url}$`)]],
    ['says nothing while it works', 'false', '', []],
  ])('%s', async (_, failed, issue, expected) => {
    const context = {
      "contains(needs.*.result, 'failure') || contains(needs.*.result, 'cancelled')": failed,
      'github.server_url': 'https://github.com',
      'github.run_id': '8',
    };
    const { steps, told } = await withProgram('watch.yml', 'report', context, issue);
    expect(troubles(steps)).toEqual([]);
    expect(told).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  // GitHub's runners have jq. Here it stands in for the one inside gh.
  const withJq = spawnSync('jq', ['--version']).status === 0 ? test : test.skip;
  const ANSWERING = `#!/usr/bin/env bash
while test $# -gt 0; do
  case "$1" in
    --jq) filter="$2"; shift ;;
    repos/* | https://*) asked="$1" ;;
  esac
  shift
done
echo "$asked" >> "$ASKED"
found="$ANSWERS/$(echo "$asked" | tr -c 'a-zA-Z0-9\\n' _).json"
test -e "$found" || { echo "gh: Not Found: $asked" >&2; exit 1; }
jq --raw-output "$filter" "$found"
`;

  /** Performs a job whose `gh api` gets these answers; each begins with the address. */
  async function withAnswers(job: string, answers: Record<string, unknown>, context: JobOccasion['context'] = {}) {
    const { github, occasion } = await start({}, context);
    const place = await github.scratch('answers');
    await writeFile(join(place, 'gh'), ANSWERING);
    await chmod(join(place, 'gh'), 0o755);
    for (const [address, answer] of Object.entries(answers))
      await writeFile(join(place, `${address.replaceAll(/[^a-zA-Z0-9]/g, '_')}.json`), JSON.stringify(answer));
    const output = join(place, 'output');
    await writeFile(output, '');
    const variables = {
      PATH: `${place}${delimiter}${process.env.PATH}`,
      ANSWERS: place,
      ASKED: join(place, 'asked'),
      GITHUB_OUTPUT: output,
    };
    const [step] = await performJob(await readJob('watch.yml', job), { ...occasion, event: 'schedule', variables });
    return { ...step, output: await readFile(output, 'utf8') };
  }

  const refs = `repos/${repository}/git/matching-refs/tags/v1`;
  const object = 'https://api.github.com/repos/fractary/codex-sync/git/tags/1';
  const v1 = [
    { ref: 'refs/tags/v1.0.0', object: { url: 'https://api.github.com/other' } },
    { ref: 'refs/tags/v1', object: { url: object } },
  ];
  withJq.each([
    ['before the first release', { [refs]: v1.slice(0, 1), [`repos/${repository}/releases`]: [] }, 'success', ''],
    ['by the date of the tag', { [refs]: v1, [object]: { tagger: { date: 'T1' } } }, 'success', 'T1'],
    ['by hand, by the date of the commit', { [refs]: v1, [object]: { committer: { date: 'T2' } } }, 'success', 'T2'],
    [
      'although a release is out, and v1 is not',
      { [refs]: [], [`repos/${repository}/releases`]: [{}] },
      'failure',
      undefined,
    ],
    ['where GitHub does not say it', {}, 'failure', undefined],
  ])('looks when v1 moved last: %s', async (_, answers, outcome, moved) => {
    const step = await withAnswers('v1', answers);
    expect([step.outcome, step.output]).toEqual([outcome, moved === undefined ? '' : `moved=${moved}\n`]);
  });

  const MOVED = '2026-12-01T10:00:00Z';
  const runs = `repos/${repository}/actions/workflows/watch.yml/runs?event=pull_request&status=completed&created=%3E%3D${MOVED}&per_page=100`;
  /** A run: its conclusion, that of its job, and whether that began. */
  type Listed = readonly [conclusion: string, job?: string | undefined, steps?: number, from?: number];
  withJq.each<[string, Listed[], string]>([
    ['none has run', [], 'success'],
    [
      'it succeeded',
      [
        ['success', 'success'],
        ['failure', 'failure'],
      ],
      'success',
    ],
    [
      'it failed',
      [
        ['failure', 'failure'],
        ['success', 'success'],
      ],
      'failure',
    ],
    ['it timed out', [['failure', 'timed_out']], 'failure'],
    ['it was cancelled at work', [['cancelled', 'cancelled']], 'failure'],
    ['its workflow is broken', [['startup_failure']], 'failure'],
    [
      'it succeeded, and one that waited was cancelled',
      [['cancelled', 'cancelled', 0], ['cancelled'], ['success', 'success']],
      'success',
    ],
    [
      'it failed, and one that waited was cancelled',
      [
        ['cancelled', 'cancelled', 0],
        ['failure', 'failure'],
      ],
      'failure',
    ],
    [
      'it failed, and the job was skipped later',
      [
        ['success', 'skipped', 0],
        ['failure', 'failure'],
      ],
      'failure',
    ],
    [
      'it failed, and a fork\u2019s succeeded later',
      [
        ['success', 'success', 3, 2],
        ['failure', 'failure'],
      ],
      'failure',
    ],
    [
      'it succeeded, and a fork\u2019s failed later',
      [
        ['startup_failure', undefined, 0, 2],
        ['success', 'success'],
      ],
      'success',
    ],
  ])('says of the last job for a pull request: %s', async (_, listed, outcome) => {
    const answers = Object.fromEntries(
      listed.map(([, job, steps = 3], id) => {
        const ran = { name: 'pull-request', conclusion: job, steps: Array.from({ length: steps }, () => ({})) };
        const jobs = [{ name: 'released', conclusion: 'skipped', steps: [] }, ...(job === undefined ? [] : [ran])];
        return [`repos/${repository}/actions/runs/${id}/jobs`, { jobs }];
      }),
    );
    const listing = listed.map(([conclusion, , , from = 1], id) => ({
      id,
      conclusion,
      repository: { id: 1 },
      head_repository: { id: from },
    }));
    const context = { 'needs.v1.outputs.moved': MOVED };
    const step = await withAnswers('pull-requests', { ...answers, [runs]: { workflow_runs: listing } }, context);
    expect([step.outcome, step.log]).toEqual([outcome, expect.stringMatching(/^(?:::error::)?(?:Run \d|None ran)/)]);
  });

  test('a pull request, and the night, wait for v1', async () => {
    for (const job of ['released', 'pull-request', 'pull-requests'])
      expect(await readJob('watch.yml', job)).toMatchObject({
        needs: ['v1'],
        if: expect.stringContaining("&& needs.v1.outputs.moved != ''"),
      });
    expect(await readJob('watch.yml', 'report')).toMatchObject({ needs: ['v1', 'released', 'pull-requests'] });
  });
});
