import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readRecipes } from './support/recipes.ts';
import { runsUs, type WorkflowStep } from './support/workflow-job.ts';
import { workflowErrors } from './support/workflow-parser.ts';

interface Job {
  uses?: string;
  if?: string;
  needs?: string[];
  permissions?: Record<string, string>;
  strategy?: { matrix: { os?: string[] } };
  'timeout-minutes'?: number;
  steps?: (WorkflowStep & { shell?: string })[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const FOLDER = '.github/workflows';
const names = await readdir(FOLDER);
const texts = new Map(
  await Promise.all(names.map(async (name) => [name, await readFile(join(FOLDER, name), 'utf8')] as const)),
);
const workflow = (name: string) => parse(texts.get(name) ?? '') as Workflow;
const jobs = (name: string) => Object.entries(workflow(name).jobs);

describe("GitHub's own parser", () => {
  test.each([...texts])('takes %s', async (name, text) => {
    expect(await workflowErrors(name, text)).toEqual([]);
  });

  test('takes every workflow of the papers; there is no other YAML in them but configurations', async () => {
    const recipes = await readRecipes();
    expect(recipes.length).toBeGreaterThan(15);
    for (const { title, text } of recipes) expect(await workflowErrors(title, text)).toEqual([]);
  });

  const sound = texts.get('ci.yml') ?? '';
  test.each([
    ['an unknown key', sound.replace('runs-on:', 'run-on:'), /run-on/],
    ['an unknown name in an expression', sound.replace('matrix.os', 'matrices.os'), /matrices/],
    ['an unknown event', sound.replace('pull_request:', 'pull_requests:'), /pull_requests/],
    [
      'a job that needs none that is there',
      sound.replace('other-systems:', 'other-systems:\n    needs: nobody'),
      /nobody/,
    ],
    ['a broken file', sound.replace('steps:', 'steps: ['), /./],
  ])('refuses %s', async (_, broken, words) => {
    expect(broken).not.toBe(sound);
    expect((await workflowErrors('broken.yml', broken)).join('\n')).toMatch(words);
  });
});

describe.each(names)('%s', (name) => {
  test('may read, unless a job says what more it needs', () => {
    expect(workflow(name).permissions).toEqual({ contents: 'read' });
  });

  test('runs actions of others by commit, with the version beside it', () => {
    // What is released is what the watch is for.
    const ours = name === 'watch.yml' ? 'fractary\\/codex-sync@v1' : '\\.\\/(?:\\.github\\/workflows\\/[a-z-]+\\.yml)?';
    const pinned = new RegExp(`uses: (?:${ours}|[\\w./-]+@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+)$`);
    const lines = (texts.get(name) ?? '').split('\n').filter((one) => /^[\s-]+uses:/.test(one));
    for (const line of lines) expect(line).toMatch(pinned);
  });

  test('ends by itself, and puts nothing of an event into a script', () => {
    for (const [, job] of jobs(name)) {
      if (job.uses === undefined) expect(job['timeout-minutes']).toBeLessThanOrEqual(30);
      for (const { run = '' } of job.steps ?? []) expect(run).not.toContain('${{');
    }
  });
});

describe('a script of a workflow', () => {
  const scripts = names.flatMap((name) =>
    jobs(name).flatMap(([job, { steps = [] }]) => steps.map(({ run = '' }) => [`${name} ${job}`, run] as const)),
  );
  /** Paths below the root, but for files that the scripts write. */
  const pathsIn = (script: string) =>
    [...script.matchAll(/(?<![\w$./-])(?:\.\/)?(?:__tests__|\.ci|\.github|dist|docs|scripts|src)(?:\/[\w.-]+)*/g)].map(
      ([path]) => path,
    );
  const written = scripts.flatMap(([, script]) => [...script.matchAll(/> ([\w./-]+)/g)].map(([, path]) => path));

  test('names only files and folders that are there', async () => {
    const named = scripts.flatMap(([job, script]) =>
      pathsIn(script)
        .filter((path) => !written.includes(path))
        .map((path) => [job, path] as const),
    );
    expect(named.length).toBeGreaterThan(15);
    for (const [job, path] of named) expect([job, path, existsSync(path)]).toEqual([job, path, true]);
  });

  test('runs all tests on Linux, and on other systems those of every folder that needs no Linux', async () => {
    const entries = await readdir('__tests__', { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const onlyOnLinux = ['bench', 'stories', 'support', 'torture'];
    const [, script = ''] =
      scripts.find(([job, text]) => job === 'ci.yml other-systems' && /^npm test /.test(text)) ?? [];
    const jest = ['node_modules/jest/bin/jest.js', '--listTests', ...script.split(/\s+/).slice(3)];
    const { stdout } = spawnSync(process.execPath, jest, { encoding: 'utf8' });
    const there = stdout.split('\n').flatMap((file) => file.match(/(?<=[\\/]__tests__[\\/]).+?(?=[\\/]|$)/)?.[0] ?? []);
    expect([...new Set(there)].sort()).toEqual(folders.filter((folder) => !onlyOnLinux.includes(folder)).sort());
    expect(scripts).toContainEqual(['ci.yml linux', '.ci/run']);
  });
});

const mayWrite = ({ permissions = {} }: Job) => Object.keys(permissions).filter((key) => permissions[key] === 'write');

test('these jobs may write, and what', () => {
  const written = names.flatMap((name) => jobs(name).map(([job, spelled]) => [`${name} ${job}`, mayWrite(spelled)]));
  expect(Object.fromEntries(written.filter(([, more]) => more?.length))).toEqual({
    'codeql.yml analyze': ['security-events'],
    'own-action.yml publish': ['contents'],
    'release.yml codeql': ['security-events'],
    'release.yml npm': ['id-token'],
    'release.yml own-action': ['contents'],
    'release.yml release': ['contents', 'id-token', 'attestations'],
    'release.yml v1': ['contents'],
    'watch.yml pull-request': ['contents', 'pull-requests'],
    'watch.yml released': ['contents'],
    'watch.yml report': ['issues'],
  });
});

test("no job that may change this repository runs for a fork's pull request", () => {
  const others = [
    "github.event_name != 'pull_request'",
    "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository",
  ];
  const asked = names.filter((name) => 'pull_request' in workflow(name).on).flatMap(jobs);
  const writing = asked.filter(([, job]) => mayWrite(job).some((key) => key !== 'security-events'));
  expect(writing.length).toBeGreaterThan(0);
  for (const [name, { if: condition = '' }] of writing) {
    const keepsOut = others.some((one) => condition.includes(one)) && !condition.includes('||');
    expect([name, keepsOut]).toEqual([name, true]);
  }
  for (const name of names) expect(Object.keys(workflow(name).on)).not.toContain('pull_request_target');
});

describe('this action in our own workflows', () => {
  const ours = names.flatMap((name) =>
    jobs(name).flatMap(([job, { steps = [], ...rest }]) =>
      steps.some(runsUs) ? [{ name: `${name} ${job}`, file: name, steps, ...rest }] : [],
    ),
  );

  test('is the bundle beside them, on three systems, and the released one in the watch', () => {
    const inOwn = ours.filter(({ file }) => file === 'own-action.yml');
    expect(inOwn.map(({ name }) => name)).toEqual(['own-action.yml look', 'own-action.yml publish']);
    for (const { strategy, steps } of inOwn) {
      expect(strategy?.matrix.os?.toSorted()).toEqual(['macos-latest', 'ubuntu-latest', 'windows-latest']);
      expect(new Set(steps.filter(runsUs).map(({ uses }) => uses))).toEqual(new Set(['./']));
      // Else PowerShell runs it on Windows.
      expect(steps.filter(({ run, shell }) => run !== undefined && shell !== 'bash')).toEqual([]);
    }
    expect(ours.filter((one) => !inOwn.includes(one)).map(({ name }) => name)).toEqual([
      'watch.yml released',
      'watch.yml pull-request',
    ]);
  });

  test('looks, plans, publishes, fetches and fails in the first, and promotes in the watch', () => {
    const modes = (file: string) =>
      ours
        .filter((one) => one.file === file)
        .flatMap(({ steps }) => steps.filter(runsUs).map(({ with: given = {} }) => given.mode ?? 'sync-project'));
    expect(new Set(modes('own-action.yml'))).toEqual(new Set(['sync-project', 'doctor', 'fetch']));
    expect(new Set(modes('watch.yml'))).toEqual(new Set(['sync-project', 'promote', 'fetch']));
  });

  test('is given inputs that action.yml has', async () => {
    const { inputs } = parse(await readFile('action.yml', 'utf8'));
    for (const { name, steps } of ours) {
      const given = steps.filter(runsUs).flatMap(({ with: inputsOf = {} }) => Object.keys(inputsOf));
      expect([name, given.filter((input) => !(input in inputs))]).toEqual([name, []]);
    }
  });

  test('is checked after each run: a later script reads what came of it', () => {
    for (const { name, steps } of ours) {
      const unchecked = steps.filter((step, at) => {
        const later = steps
          .slice(at + 1)
          .flatMap(({ run, env = {} }) => (run === undefined ? [] : Object.entries(env)));
        const reads = ([variable, value]: [string, string]) =>
          value.includes(`steps.${step.id}.`) && steps.some(({ run = '' }) => run.includes(`"$${variable}"`));
        return runsUs(step) && !later.some(reads);
      });
      expect([name, unchecked]).toEqual([name, []]);
    }
  });
});

test('zizmor looks at all of it, in a version that does not move', () => {
  const { zizmor } = workflow('ci.yml').jobs;
  expect(zizmor?.steps?.map(({ run }) => run).filter(Boolean)).toEqual([
    expect.stringMatching(/^pipx run zizmor==\d+\.\d+\.\d+ \.$/),
  ]);
});

test('a token stays in the checkout only where a release pushes', () => {
  for (const name of names) {
    for (const [job, { steps = [] }] of jobs(name)) {
      const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
      const kept = checkouts.filter((step) => step.with?.['persist-credentials'] !== false);
      expect([name, job, kept.length]).toEqual([name, job, name === 'release.yml' && job === 'v1' ? 1 : 0]);
    }
  }
});

describe('a release', () => {
  const { release, v1, npm, ...others } = workflow('release.yml').jobs;
  const scripts = (job: Job | undefined) => job?.steps?.flatMap(({ run }) => run ?? []) ?? [];
  const isLatest = 'test "$GITHUB_REF_NAME" = "$(git tag --list';

  test('needs all tests; then the action and npm get it, each without the other', () => {
    expect(release?.needs?.toSorted()).toEqual(Object.keys(others).toSorted());
    expect(Object.values(others).map(({ uses }) => uses)).toContain('./.github/workflows/ci.yml');
    expect([v1?.needs, npm?.needs]).toEqual([['release'], ['release']]);
    expect(v1?.steps?.[0]?.with?.['ssh-key']).toMatch(/^\$\{\{ secrets\.V1_DEPLOY_KEY \}\}$/);
    for (const job of [release, v1, npm]) expect(job).toMatchObject({ environment: 'release' });
  });

  test('moves v1 in one place, only forward, and says where to read on when GitHub refuses that', async () => {
    const [check, move, ...more] = scripts(v1);
    expect(more).toEqual([]);
    expect(check).toContain(isLatest);
    expect(scripts(release).join('\n')).toContain(isLatest);
    const [, title] = move?.match(/CONTRIBUTING\.md, \\"(.+)\\"\./) ?? [];
    expect(await readFile('CONTRIBUTING.md', 'utf8')).toContain(`### ${title}\n`);
  });

  test('has a provenance for each action and for the whole bundle', async () => {
    const entries = await readdir('.', { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const actions = ['action.yml', ...folders.map((name) => `${name}/action.yml`)].filter((path) => existsSync(path));
    expect(actions.length).toBeGreaterThan(3);
    const attested = release?.steps?.find(({ uses = '' }) => uses.startsWith('actions/attest@'))?.with?.[
      'subject-path'
    ];
    expect(`${attested}`.trim().split('\n').sort()).toEqual([...actions, 'dist/**/*.js'].sort());
  });
});

test('a release is a draft until all of it is there, with the text of the changelog', () => {
  const scripts = workflow('release.yml').jobs.release?.steps?.map(({ run = '' }) => run) ?? [];
  const [drafts, published] = ['gh release create ', 'gh release edit '].map((command) =>
    scripts.flatMap((script, at) =>
      script.split('\n').flatMap((line) => (line.includes(command) ? [{ at, line }] : [])),
    ),
  );
  expect([drafts?.length, published?.length]).toEqual([1, 1]);
  const [draft, release] = [drafts?.[0], published?.[0]];
  expect(draft?.line).toMatch(/ "\$GITHUB_REF_NAME" --draft .*--verify-tag .*--notes-file /);
  expect(scripts[draft?.at ?? -1]).toContain('node scripts/release-notes.ts "$GITHUB_REF_NAME" > ');
  expect(release?.line).toMatch(/ "\$GITHUB_REF_NAME" --draft=false /);
  expect(draft?.at).toBeLessThan(release?.at ?? -1);
});

test('the forms of issues have what GitHub shows', async () => {
  const folder = '.github/ISSUE_TEMPLATE';
  const forms = (await readdir(folder)).filter((name) => name !== 'config.yml');
  expect(forms.sort()).toEqual(['bug.yml', 'feature.yml']);
  for (const name of forms) {
    const form = parse(await readFile(join(folder, name), 'utf8'));
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    const fields: { id: string; attributes: { label: string } }[] = form.body;
    for (const { attributes } of fields) expect(attributes.label).toMatch(/./);
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
  }
});

test('Dependabot looks after packages, and after the actions that are named by commit', async () => {
  const { updates } = parse(await readFile('.github/dependabot.yml', 'utf8'));
  const looked = updates.map((one: Record<string, string>) => one['package-ecosystem']);
  expect(looked.sort()).toEqual(['github-actions', 'npm']);
});
