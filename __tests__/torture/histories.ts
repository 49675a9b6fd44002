import fc from 'fast-check';
import { Choices } from '../support/choices.ts';
import { blobId, readTree } from '../support/codex.ts';
import { commitFiles, type FileChange } from '../support/commit-files.ts';
import { gitBytes } from '../support/git.ts';
import { checkoutProject, type Project } from '../support/project.ts';
import { closePullRequest, mergeMethods, mergePullRequest, openPullRequest } from '../support/pull-request.ts';
import type { ActionRun } from '../support/runner.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { codex, messages, type Story } from '../support/stage.ts';
import { typeCommand } from '../support/terminal.ts';
import { type Tally, takeTally } from './tally.ts';

type Files = Record<string, FileChange>;
type Environment = 'test' | 'prod';
type More = Parameters<Story['publish']>[2];
const BRANCHES = { test: 'test', prod: 'main' } as const;

/** So many histories run at the same time, each of a project of its own. */
const AT_ONCE = 4;

/** How many steps a history has. */
const STEPS_OF_ONE = 15;

/** The histories of a seed: each number is a step, of which some find nothing to do. */
export function drawHistories(seed: number, count: number): number[][] {
  const number = fc.noBias(fc.maxSafeNat());
  const numbers = fc.array(number, { minLength: 4 * STEPS_OF_ONE, maxLength: 4 * STEPS_OF_ONE, size: 'max' });
  return fc.sample(numbers, { seed, numRuns: count });
}

const PATHS = [
  'docs/a.md',
  'docs/A.md',
  'docs/b.md',
  'docs/l.md',
  'docs/x/1.md',
  'docs/x/2.md',
  'docs/y/1.md',
  'src/s.md',
];
const FEATURES = ['feature/1', 'feature/2'];
const KEY = `-----BEGIN RSA ${'PRIVATE KEY'}-----\nMIIE\n`;
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 7\n`;
const LINK = { mode: '120000', content: '../src/s.md' } as const;
const PERSON = 'ghp_person';

/**
 * Random histories of projects: pushes, pull requests, mixed checkouts, edits by hand, promotions and roll-backs, in any
 * order. After each step production holds only what the release line had at that path, what a job made on it, and what
 * `release-edits` released.
 */
export async function histories(story: Story, all: readonly (readonly number[])[]): Promise<Tally> {
  const ended: ProjectHistory[] = [];
  const waiting = all.map((numbers, index) => [`project-${index + 1}`, numbers] as const);
  const runSome = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) ended.push(await runHistory(story, ...next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runSome));
  const [runs, wrong] = [ended.flatMap((history) => history.runs), ended.flatMap((history) => history.wrong)];
  const expected = ended.reduce((sum, history) => sum + history.checked, 0);
  const lost = ended.flatMap((history) => history.unreleased);
  const tally = await takeTally(story, { runs, expected: {}, wrong });
  return { ...tally, lost, expected, found: expected - lost.length };
}

/** One history of a project of its own. */
export async function runHistory(story: Story, name: string, numbers: readonly number[]): Promise<ProjectHistory> {
  const history = new ProjectHistory(story, name);
  await history.begin();
  for (const number of numbers) {
    await history.step(number);
    if (history.trace.length === STEPS_OF_ONE || history.unreleased.length > 0 || history.wrong.length > 0) break;
  }
  return history;
}

export class ProjectHistory {
  readonly runs: ActionRun[] = [];
  /** What happened, a step a line. */
  readonly trace: string[] = [];
  /** What production or `documents` hold and nobody released. */
  readonly unreleased: string[] = [];
  readonly wrong: string[] = [];
  /** Number of documents that were checked. */
  checked = 0;
  private readonly fullName: string;
  private readonly released = new Set<string>();
  private readonly stable = new Set<string>();
  private readonly noted = { released: new Set<string>(), stable: new Set<string>() };
  /** Texts that a promotion copied to `test` although somebody had edited them in production. */
  private readonly copied = new Set<string>();
  private readonly edits = { test: new Map<string, string>(), prod: new Map<string, string>() };
  private readonly jobs: [string, () => Promise<ActionRun>][] = [];
  private readonly open = new Map<number, string>();
  private minutes = 0;
  private texts = 0;
  private readonly story: Story;
  private readonly name: string;

  constructor(story: Story, name: string) {
    this.story = story;
    this.name = name;
    this.fullName = `acme/${name}`;
  }

  private git(...args: string[]): Promise<string> {
    return this.story.github.git(this.fullName, ...args);
  }

  private get directory(): string {
    return this.story.github.directory(this.fullName);
  }

  private fresh(kind: string): string {
    this.texts += 1;
    return `${kind} ${this.texts} of ${this.name}\n`;
  }

  async begin(): Promise<void> {
    const paths = ['docs/a.md', 'docs/b.md', 'docs/x/1.md', 'docs/x/2.md', 'src/s.md'];
    const files = Object.fromEntries(paths.map((path) => [path, this.fresh('text')]));
    await this.story.host(this.name, files, { size: 1 });
    this.story.github.addToken(PERSON, { [codex]: 'write', [this.fullName]: 'read' });
    await this.note('refs/heads/main');
    await this.push('refs/heads/main');
    await this.runJob(new Choices(0));
    await this.release();
  }

  async step(number: number): Promise<void> {
    const choices = new Choices(number);
    const [what, perform] = choices.of(STEPS);
    const did = await perform(this, choices);
    if (did === undefined) return;
    this.trace.push(`${what}: ${did}`);
    await this.check();
  }

  /** Remembers what a ref of the release line, or another stable ref, has at which path by now. */
  private async note(ref: string): Promise<void> {
    if (/^refs\/(?:heads\/main$|tags\/v)/.test(ref)) await this.noteTexts(ref, 'released');
    if (/^refs\/(?:heads\/(?:main|develop)$|tags\/v)/.test(ref)) await this.noteTexts(ref, 'stable');
  }

  private async noteTexts(ref: string, kind: 'released' | 'stable'): Promise<void> {
    const listed = (await this.git('rev-list', ref)).split('\n');
    for (const commit of listed.filter((one) => !this.noted[kind].has(one))) {
      this.noted[kind].add(commit);
      const listing = (await gitBytes(this.directory, ['ls-tree', '-r', '-z', commit])).toString();
      const files = listing
        .split('\0')
        .filter(Boolean)
        .map((line) => /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line)?.slice(1) ?? []);
      const ids = new Map(files.map(([, id = '', path = '']) => [path, id]));
      for (const [mode, id = '', path = ''] of files) {
        // The one link of these histories.
        const text = mode === '120000' ? ids.get('src/s.md') : id;
        if (text !== undefined) this[kind].add(`${path}\0${text}`);
      }
    }
  }

  private async check(): Promise<void> {
    const { github } = this.story;
    const folder = `projects/${this.name}`;
    const { '.codex-sync.json': _, ...production } = await readTree(github, codex, 'main', folder);
    const edited = [...this.edits.prod].map(([path, id]) => `${path}\0${id}`);
    const isReleased = (text: string) => this.released.has(text) || this.copied.has(text);
    for (const [path, { id }] of Object.entries(production)) {
      this.checked += 1;
      const text = `${path}\0${id}`;
      if (!this.released.has(text) && !edited.includes(text))
        await this.complain(`production has ${id} at ${path}`, id);
    }
    for (const branch of ['test', 'main']) {
      const text = await this.story.read(`${folder}/.codex-sync.json`, branch).catch(() => undefined);
      if (text === undefined) continue;
      const { documents, previews = {}, source } = JSON.parse(text);
      const isOfRelease = branch === 'main' || source.line === 'release';
      for (const [path, id] of Object.entries<string>(documents)) {
        const is = `${path}\0${id}`;
        if (this.released.has(is) || (!isOfRelease && (this.stable.has(is) || isReleased(is)))) continue;
        await this.complain(`documents of ${branch} (${source.line}) have ${id} at ${path}`, id);
      }
      const known = await github.git(codex, 'rev-list', '--objects', branch);
      const overlay = [documents, ...Object.values<{ documents: object }>(previews).map((one) => one.documents)];
      for (const id of overlay.flatMap((layer) => Object.values<string | null>(layer))) {
        if (id !== null && !known.includes(id)) this.wrong.push(`${this.said()}: ${branch} does not have ${id}`);
      }
      const isEmpty = overlay.every((layer) => Object.keys(layer).length === 0) && source.commit === undefined;
      if (isEmpty) this.wrong.push(`${this.said()}: the manifest of ${branch} outlives its last preview`);
    }
  }

  private said(): string {
    return `${this.name}, after\n${this.trace.join('\n')}\n`;
  }

  private async complain(what: string, id: string): Promise<void> {
    const text = (await gitBytes(this.story.github.directory(codex), ['cat-file', 'blob', id])).toString().trim();
    this.unreleased.push(`${this.said()}${what} ("${text}"), which was never released there`);
  }

  /** Runs the bundle; it ends well, or with one sentence. */
  private async act(run: Promise<ActionRun>): Promise<string> {
    const ended = await run;
    this.runs.push(ended);
    const errors = messages(ended, 'error');
    const isTold = ended.exitCode === 1 && errors.length === 1 && !errors[0]?.includes('This is a bug');
    if (ended.exitCode !== 0 && !isTold) this.wrong.push(`${this.said()}: a run ended ${ended.exitCode}: ${ended.log}`);
    return ended.exitCode === 0 ? (ended.outputs.conclusion ?? '') : (errors[0]?.slice(0, 60) ?? '');
  }

  private inputs(choices: Choices, environment: Environment): GivenInputs {
    const threshold = choices.of([
      {},
      { 'deletion-threshold': '0' },
      { 'deletion-threshold': '1', 'deletion-threshold-percent': '100' },
    ]);
    const older = choices.rarely(4) ? { 'allow-older': 'true' } : {};
    return { env: environment, 'stable-refs': 'refs/heads/develop', ...threshold, ...older };
  }

  private sync(place: Pick<Project, 'fullName' | 'directory'>, inputs: GivenInputs, more: More): Promise<string> {
    return this.act(this.story.publish(place, inputs, more));
  }

  private checkOut(ref: string, choices: Choices): Promise<Project> {
    return checkoutProject(this.story.github, this.fullName, { ref, depth: choices.of([1, 0]) });
  }

  private enqueue(name: string, job: () => Promise<ActionRun>): void {
    this.jobs.push([name, job]);
  }

  private async push(ref: string): Promise<void> {
    await this.note(ref);
    const sha = await this.git('rev-parse', ref);
    const inputs = this.inputs(new Choices(this.texts), ref.startsWith('refs/tags/v') ? 'prod' : 'test');
    this.enqueue(`push of ${ref}`, async () => {
      const place = await this.checkOut(sha, new Choices(this.texts));
      return this.story.publish(place, inputs, { ref, sha });
    });
    for (const [number, branch] of this.open) if (`refs/heads/${branch}` === ref) await this.pulled(number);
  }

  /** GitHub starts the workflow of a pull request; where that has a conflict with its base, it does not. */
  private async pulled(number: number): Promise<string> {
    const head = this.open.get(number) ?? '';
    try {
      const { merge, ref } = await openPullRequest(this.story.github, this.fullName, { number, head });
      this.enqueue(`#${number}`, async () => {
        const place = await this.checkOut(merge, new Choices(1));
        const about = { event: 'pull_request', ref, sha: merge, pullRequest: number };
        return this.story.publish(place, this.inputs(new Choices(number), 'test'), about);
      });
      return `#${number} from ${head}`;
    } catch (error) {
      if (!(error as Error).message.includes('does not merge')) throw error;
      return `#${number} from ${head} has a conflict`;
    }
  }

  private async has(branch: string): Promise<boolean> {
    return (await this.git('for-each-ref', `refs/heads/${branch}`)) !== '';
  }

  private async edit(ref: string, choices: Choices): Promise<Files> {
    const path = choices.of(PATHS);
    const tree = await readTree(this.story.github, this.fullName, ref.replace('refs/heads/', ''));
    const kind = choices.below(9);
    if (kind === 0) return { [path]: null };
    if (kind === 1 && choices.rarely(2)) return { 'docs/l.md': choices.of([LINK, POINTER, KEY]) };
    if (kind <= 3) {
      // A folder is renamed in review, with other words inside.
      const [from, to] = choices.of([
        ['docs/x/', 'docs/y/'],
        ['docs/y/', 'docs/x/'],
      ] as const);
      const moved = Object.keys(tree).filter((one) => one.startsWith(from));
      if (moved.length > 0)
        return Object.fromEntries(
          moved.flatMap((one): [string, FileChange][] => [
            [one, null],
            [one.replace(from, to), this.fresh('text')],
          ]),
        );
    }
    if (kind === 4) return { [path]: choices.of([POINTER, KEY]) };
    return { [path]: this.fresh('text') };
  }

  private async commitOn(ref: string, files: Files): Promise<void> {
    this.minutes += 1;
    const date = new Date(Date.UTC(2026, 5, 1, 0, this.minutes));
    await commitFiles(this.directory, ref, files, { message: 'Change', date });
  }

  async commit(branch: string, choices: Choices): Promise<string> {
    const ref = `refs/heads/${branch}`;
    if (!(await this.has(branch))) await this.git('update-ref', ref, 'refs/heads/main');
    const files = await this.edit(ref, choices);
    await this.commitOn(ref, files);
    await this.push(ref);
    return `${branch}, ${Object.keys(files).join(' ')}`;
  }

  async amend(choices: Choices): Promise<string | undefined> {
    const branch = choices.of(FEATURES);
    const ref = `refs/heads/${branch}`;
    if (!(await this.has(branch)) || Number(await this.git('rev-list', '--count', `refs/heads/main..${ref}`)) === 0)
      return undefined;
    const files = await this.edit(ref, choices);
    await this.git('update-ref', ref, `${ref}~1`);
    await this.commitOn(ref, files);
    await this.push(ref);
    return `${branch}, ${Object.keys(files).join(' ')}`;
  }

  async propose(choices: Choices): Promise<string | undefined> {
    const branch = choices.of(FEATURES);
    const number = this.story.github.repository(this.fullName).pulls.size + 1;
    if ([...this.open.values()].includes(branch)) return undefined;
    const committed = await this.commit(branch, choices);
    this.open.set(number, branch);
    return `${committed}: ${await this.pulled(number)}`;
  }

  async merge(choices: Choices): Promise<string | undefined> {
    const number = [...this.open.keys()].at(choices.below(2));
    if (number === undefined) return undefined;
    const how = choices.of(mergeMethods);
    try {
      await openPullRequest(this.story.github, this.fullName, { number, head: this.open.get(number) ?? '' });
      await mergePullRequest(this.story.github, this.fullName, number, how);
    } catch (error) {
      if (!(error as Error).message.includes('does not merge')) throw error;
      return `#${number} has a conflict`;
    }
    this.open.delete(number);
    await this.push('refs/heads/main');
    this.enqueueClosed(number);
    return `#${number} by ${how}`;
  }

  private enqueueClosed(number: number): void {
    this.enqueue(`#${number} closed`, async () => {
      const place = { fullName: this.fullName, directory: await this.story.github.scratch('empty') };
      return this.story.publish(
        place,
        { env: 'test' },
        { event: 'pull_request', pullRequest: number, action: 'closed' },
      );
    });
  }

  async close(choices: Choices): Promise<string | undefined> {
    const number = [...this.open.keys()].at(choices.below(2));
    if (number === undefined) return undefined;
    await closePullRequest(this.story.github, this.fullName, number);
    this.open.delete(number);
    this.enqueueClosed(number);
    return `#${number}`;
  }

  async reopen(): Promise<string | undefined> {
    const closed = [...this.story.github.repository(this.fullName).pulls.values()].find(
      ({ state, merged }) => state === 'closed' && merged === undefined,
    );
    if (!closed || [...this.open.values()].includes(closed.head)) return undefined;
    this.open.set(closed.number, closed.head);
    return this.pulled(closed.number);
  }

  async revert(): Promise<string | undefined> {
    const main = 'refs/heads/main';
    if (Number(await this.git('rev-list', '--first-parent', '--count', main)) < 2) return undefined;
    const changed = await readTree(this.story.github, this.fullName, 'main');
    const listing = (await gitBytes(this.directory, ['ls-tree', '-r', '-z', `${main}~1`])).toString();
    const files: Files = Object.fromEntries(Object.keys(changed).map((path) => [path, null]));
    for (const line of listing.split('\0').filter(Boolean)) {
      const [, mode = '', id = '', path = ''] = /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line) ?? [];
      const content = await gitBytes(this.directory, ['cat-file', 'blob', id]);
      files[path] = mode === '120000' ? { mode, content } : content;
    }
    await this.commitOn(main, files);
    await this.push(main);
    return 'the last commit of main';
  }

  async tag(): Promise<string> {
    this.minutes += 1;
    const ref = `refs/tags/v1.${this.minutes}.0`;
    await this.git('update-ref', ref, 'refs/heads/main');
    await this.push(ref);
    return ref;
  }

  /** A queued job starts: the next one, a later one, or one that is never run. */
  async runJob(choices: Choices): Promise<string | undefined> {
    if (this.jobs.length === 0) return undefined;
    const [[name, job] = ['', undefined]] = this.jobs.splice(
      choices.rarely(3) ? choices.below(this.jobs.length) : 0,
      1,
    );
    return job && `${name}: ${await this.act(job())}`;
  }

  async dispatch(choices: Choices): Promise<string | undefined> {
    const branch = choices.of([...FEATURES, 'develop', 'main']);
    if (!(await this.has(branch))) return undefined;
    const environment = choices.of(['test', 'prod'] as const);
    const place = await this.checkOut(branch, choices);
    const about = { event: 'workflow_dispatch', ref: `refs/heads/${branch}` };
    return `${branch} to ${environment}: ${await this.sync(place, this.inputs(choices, environment), about)}`;
  }

  /** A job for main checks a feature out, or unpacks what another job built of it over main. */
  async mixCheckouts(choices: Choices): Promise<string | undefined> {
    const branch = choices.of(FEATURES);
    if (!(await this.has(branch))) return undefined;
    const environment = choices.of(['test', 'prod'] as const);
    const inputs = this.inputs(choices, environment);
    const [sha, foreign] = [
      await this.git('rev-parse', 'refs/heads/main'),
      await this.git('rev-parse', `refs/heads/${branch}`),
    ];
    const ref = 'refs/heads/main';
    if (choices.rarely(3)) {
      const place = await this.checkOut(branch, choices);
      const ended = await this.sync(place, inputs, { event: 'repository_dispatch', ref, sha });
      return `${branch} checked out on repository_dispatch to ${environment}: ${ended}`;
    }
    const place = await this.checkOut('main', choices);
    const other = await this.checkOut(branch, new Choices(1));
    const files = Object.keys(await readTree(this.story.github, this.fullName, branch)).filter((path) =>
      path.startsWith('docs/'),
    );
    await place.write('docs', null);
    for (const path of files)
      await place.git(
        `--git-dir=${other.directory}/.git`,
        `--work-tree=${place.directory}`,
        'checkout',
        '--quiet',
        foreign,
        '--',
        path,
      );
    const number = [...this.open].find(([, head]) => head === branch)?.[0];
    const upstream = { head_branch: branch, head_sha: foreign, head_repository: { full_name: this.fullName } };
    const follows = (event: string) => ({ workflow_run: { ...upstream, event, pull_requests: [] } });
    const events: [string, object][] = [
      ['status', { sha: foreign, state: 'success', branches: [{ name: branch }] }],
      ['check_suite', { check_suite: { head_branch: branch, head_sha: foreign, pull_requests: [] } }],
      ['workflow_run', follows('push')],
      ['workflow_run', follows('workflow_run')],
      ...(number === undefined ? [] : [['issue_comment', { issue: { number, pull_request: {} } }] as [string, object]]),
    ];
    const [event, payload] = choices.of(events);
    const ended = await this.sync(place, inputs, { event, ref, sha, payload: { ...payload } });
    return `${branch} unpacked on ${event} to ${environment}: ${ended}`;
  }

  /** A job of main builds a document, and commits it or not. */
  async build(choices: Choices): Promise<string> {
    const environment = choices.of(['test', 'prod'] as const);
    const place = await this.checkOut('main', choices);
    const sha = await place.git('rev-parse', 'HEAD');
    const [path, text] = [choices.of(['docs/gen.md', 'docs/b.md']), this.fresh('built')];
    await place.write(path, text);
    const isCommitted = choices.rarely(2);
    if (isCommitted) await place.commit('Build');
    for (const texts of [this.released, this.stable]) texts.add(`${path}\0${blobId(text)}`);
    const ended = await this.sync(place, this.inputs(choices, environment), { ref: 'refs/heads/main', sha });
    return `${path}${isCommitted ? ' committed' : ''} to ${environment}: ${ended}`;
  }

  /** A job of main brings back what was edited in test, and goes on to production without a commit. */
  async publishPulled(choices: Choices): Promise<string> {
    const place = await this.checkOut('main', choices);
    const about = { ref: 'refs/heads/main', sha: await place.git('rev-parse', 'HEAD') };
    const first = await this.sync(place, { ...this.inputs(choices, 'test'), direction: 'bidirectional' }, about);
    return `test: ${first}, prod: ${await this.sync(place, this.inputs(choices, 'prod'), about)}`;
  }

  /** Somebody at a terminal, with a working tree that may be dirty. */
  async runAtTerminal(choices: Choices): Promise<string | undefined> {
    const branch = choices.of([...FEATURES, 'main', 'main']);
    if (!(await this.has(branch))) return undefined;
    const environment = choices.of(['test', 'prod'] as const);
    const place = await checkoutProject(this.story.github, this.fullName, { ref: branch, depth: 0 });
    const isDirty = choices.rarely(2);
    if (isDirty) await place.write('docs/b.md', this.fresh('dirty'));
    if (choices.rarely(3)) await place.commit('Work');
    const words = ['sync-project', '--env', environment, '--codex-repository', codex];
    const { github } = this.story;
    const ended = await typeCommand(words, { github, directory: place.directory, env: { GITHUB_TOKEN: PERSON } });
    if (/This is a bug|^\s+at /m.test(ended.stderr)) this.wrong.push(`${this.said()}: ${ended.stderr}`);
    return `${branch}${isDirty ? ', dirty' : ''} to ${environment}: ${ended.exitCode}`;
  }

  /** Somebody edits the codex by hand. */
  async editCodex(choices: Choices): Promise<string> {
    const environment = choices.of(['test', 'test', 'prod'] as const);
    const [path, text] = [choices.of(PATHS.slice(0, 5)), this.fresh('edit')];
    await this.story.edit({ [`projects/${this.name}/${path}`]: text }, BRANCHES[environment]);
    this.edits[environment].set(path, blobId(text));
    return `${environment} ${path}`;
  }

  private async release(inputs: GivenInputs = {}): Promise<string> {
    const place = { fullName: codex, directory: await this.story.github.scratch('nothing') };
    const all = { mode: 'promote', env: 'prod', project: this.name, ...inputs };
    return this.sync(place, all, { event: 'workflow_dispatch' });
  }

  async promote(choices: Choices): Promise<string> {
    const releasesEdits = choices.rarely(3);
    if (releasesEdits) for (const [path, id] of this.edits.test) this.released.add(`${path}\0${id}`);
    const ended = await this.release(releasesEdits ? { 'release-edits': 'true' } : {});
    return `${releasesEdits ? 'with edits: ' : ''}${ended}`;
  }

  async rollBack(choices: Choices): Promise<string | undefined> {
    const listed = await this.story.github.git(
      codex,
      'rev-list',
      'main',
      '--',
      `projects/${this.name}/.codex-sync.json`,
    );
    const commits = listed.split('\n').filter(Boolean);
    if (commits.length === 0) return undefined;
    // What somebody edited there before comes back with the rest.
    const ended = await this.release({ from: `prod@${choices.of(commits)}`, 'allow-older': 'true' });
    return ended;
  }

  async reset(): Promise<string> {
    for (const [path, id] of this.edits.prod) this.copied.add(`${path}\0${id}`);
    return this.release({ from: 'prod', env: 'test' });
  }
}

type Step = (history: ProjectHistory, choices: Choices) => Promise<string | undefined>;
const WEIGHTS: [number, string, Step][] = [
  [9, 'run', (history, choices) => history.runJob(choices)],
  [2, 'commit', (history, choices) => history.commit('main', choices)],
  [1, 'commit', (history, choices) => history.commit('develop', choices)],
  [4, 'propose', (history, choices) => history.propose(choices)],
  [2, 'amend', (history, choices) => history.amend(choices)],
  [3, 'merge', (history, choices) => history.merge(choices)],
  [1, 'close', (history, choices) => history.close(choices)],
  [1, 'reopen', (history) => history.reopen()],
  [1, 'revert', (history) => history.revert()],
  [1, 'tag', (history) => history.tag()],
  [1, 'dispatch', (history, choices) => history.dispatch(choices)],
  [3, 'mix', (history, choices) => history.mixCheckouts(choices)],
  [1, 'build', (history, choices) => history.build(choices)],
  [1, 'pulled', (history, choices) => history.publishPulled(choices)],
  [2, 'terminal', (history, choices) => history.runAtTerminal(choices)],
  [2, 'edit', (history, choices) => history.editCodex(choices)],
  [3, 'promote', (history, choices) => history.promote(choices)],
  [1, 'roll back', (history, choices) => history.rollBack(choices)],
  [1, 'reset', (history) => history.reset()],
];
const STEPS = WEIGHTS.flatMap(([weight, name, perform]) =>
  Array.from({ length: weight }, () => [name, perform] as const),
);
