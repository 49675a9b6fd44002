import { branchKey, type PreviewKey, pullRequestKey } from '../../src/codex/overlay.ts';
import { blobId, branchName } from '../../src/text/ids.ts';
import { Choices } from './choices.ts';
import { pullRequestOf, type RunContext } from './model-facts.ts';
import {
  changedPaths,
  type ModelCommit,
  type ModelPull,
  ModelRepository,
  type Tree,
  withFiles,
} from './model-repository.ts';
import { type ModelEnvironment, ModelRuns, type PromotionOptions, type RunOptions } from './model-runs.ts';

type Files = (readonly [string, string | undefined])[];

/** Of `d` and `d/e` a tree can hold one alone, of `a` and `A` a codex, and of two forms of a letter; `l` may be a link to what no pattern selects. */
const PATHS = ['a', 'A', 'b', 'd', 'd/e', 'D', 'D/E', '\u00e9', 'e\u0301', 'l', 'x/1', 'x/2', 'x/3', 'y/1', 'src/s'];
const FEATURES = ['feature/1', 'feature/2', 'feature/3'].map(branchName);
const THRESHOLDS = [
  { count: 50, percent: 20 },
  { count: 0, percent: 20 },
  { count: 1, percent: 100 },
  { count: 1000, percent: 100 },
];

/** A job that GitHub has queued, and that may run late, out of order or never. */
type Job = (choices: Choices) => Promise<string>;

/**
 * What happens in a project, step by step: people push, propose, merge and roll back, jobs run when they run, and people
 * edit the codex by hand.
 */
export class ModelHistory {
  readonly repository = new ModelRepository();
  readonly runs = new ModelRuns(this.repository);
  readonly trace: string[] = [];
  private readonly queue: [string, Job][] = [];
  private texts = 0;
  private checked = 0;
  private tags = 0;

  constructor() {
    const files: Files = ['a', 'b', 'x/1', 'x/2', 'src/s'].map((path) => [path, this.fresh('t')]);
    this.push('refs/heads/main', this.repository.commit([], withFiles(new Map(), files)));
  }

  private fresh(kind: string): string {
    this.texts += 1;
    return `${kind}${this.texts}`;
  }

  private get main(): ModelCommit {
    return this.repository.tip('main') as ModelCommit;
  }

  /** Where it begins: nothing published, main in test, or main in both environments. */
  async begin(number: number): Promise<void> {
    const published = number % 4;
    if (published > 0) await this.run(new Choices(0));
    if (published > 1) await this.promote(new Choices(0));
  }

  async step(number: number): Promise<void> {
    const choices = new Choices(number);
    const [name, perform] = choices.of(STEPS);
    const did = await perform(this, choices);
    if (did !== undefined) this.trace.push(`${name}: ${did}`);
    const states = this.runs.test.states.length + this.runs.prod.states.length;
    // What was allowed once is so for ever.
    if (states !== this.checked) this.check();
    this.checked = states;
  }

  /** What production and `documents` hold, wherever it came from (design section 4, "Whose text"). */
  private check(): void {
    const { repository, runs } = this;
    const { copiedEdits, releasedEdits } = runs;
    const isReleased = (text: string) => repository.released.has(text) || releasedEdits.has(text);
    for (const [path, { document }] of runs.prod.entries) {
      const text = `${path}\0${document?.id}`;
      if (isReleased(text) || runs.prod.edits.has(text)) continue;
      throw new Error(`production has ${document?.id} at ${path}, which the release line never had there`);
    }
    for (const [environment, { manifest }] of [
      ['test', runs.test],
      ['prod', runs.prod],
    ] as const) {
      const isOfRelease = manifest.source?.line === 'release' || environment === 'prod';
      for (const [path, id] of manifest.documents) {
        const text = `${path}\0${id}`;
        if (isReleased(text) || (!isOfRelease && (repository.stable.has(text) || copiedEdits.has(text)))) continue;
        throw new Error(
          `documents of ${environment} have ${id} at ${path}, which no ${isOfRelease ? 'release line' : 'stable ref'} ever had there`,
        );
      }
    }
  }

  /** What an author does to a tree. */
  private edit(tree: Tree, choices: Choices): Files {
    const path = choices.of(PATHS);
    const kind = choices.below(12);
    const folder = (name: string) => [...tree.keys()].filter((one) => one.startsWith(`${name}/`));
    if (kind === 0) return [[path, undefined]];
    if (kind === 1) return [['l', choices.of(['>src/s', '>b', '>none', '!key'])]];
    // A folder is renamed in review, with other words inside.
    if (kind <= 3) {
      const [from, to] = choices.of([
        ['x', 'y'],
        ['y', 'x'],
      ] as const);
      const isMove = choices.rarely(3);
      return folder(from).flatMap(
        (one): Files => [
          [one, undefined],
          [one.replace(from, to), isMove ? tree.get(one) : this.fresh('t')],
        ],
      );
    }
    if (kind === 4)
      return [
        ['a', undefined],
        ['A', tree.get('a') ?? this.fresh('t')],
      ];
    if (kind === 5) return [[path, choices.of(['!lfs', '!key'])]];
    // What the codex shows there, merged or not.
    if (kind === 6) return [this.shown(choices) ?? [path, this.fresh('t')]];
    if (kind === 7) return [1, 2, 3].map((index) => [`x/${index}`, this.fresh('t')]);
    return [[path, this.fresh('t')]];
  }

  /** A document that one of the environments shows. */
  private shown(choices: Choices): [string, string] | undefined {
    const entries = [...choices.of([this.runs.test, this.runs.test, this.runs.prod]).entries];
    const [path, entry] = entries.length > 0 ? choices.of(entries) : [];
    return path === undefined || entry?.document === undefined ? undefined : [path, entry.document.id];
  }

  private push(ref: string, commit: ModelCommit): void {
    this.repository.push(ref, commit);
    const named = { commit, ref };
    this.enqueue(`push of ${ref} at ${commit.index}`, (choices) =>
      this.runs.sync(
        this.context('push', commit, named),
        this.options(choices, ref.startsWith('refs/tags/v') ? 'prod' : 'test'),
      ),
    );
    for (const pull of this.repository.pulls.values()) {
      if (pull.open && `refs/heads/${pull.branch}` === ref) this.enqueuePull(pull);
    }
  }

  private enqueue(name: string, job: Job): void {
    this.queue.push([name, job]);
  }

  /** GitHub merges the head into its base for the run, as both are now. */
  private enqueuePull(pull: ModelPull): void {
    const [base, { head }] = [this.repository.tip(pull.base), pull];
    if (base === undefined) return;
    const merge = this.repository.commit([base, head], this.repository.merged(base, head));
    const event = pullRequestOf(pull, head, base);
    const subject = { kind: 'pull request', number: pull.number, pull: event } as const;
    const named = { commit: merge, ref: `refs/pull/${pull.number}/merge` };
    this.enqueue(`#${pull.number} at ${head.index}`, (choices) =>
      this.runs.sync(
        { ...this.context('pull_request', merge, named), subject },
        this.options(choices, choices.rarely(8) ? 'prod' : 'test'),
      ),
    );
  }

  private context(event: string, head: ModelCommit, named: RunContext['named']): RunContext {
    return { event, head, named, working: new Map(), ignored: new Set(), subject: { kind: 'ref' } };
  }

  private options(choices: Choices, environment: ModelEnvironment): RunOptions {
    return {
      environment,
      threshold: choices.of(THRESHOLDS),
      onConflict: choices.of(['project', 'project', 'codex', 'fail'] as const),
      isSilent: choices.rarely(8),
      isShallow: choices.rarely(2),
      allowOlder: choices.rarely(4),
      releaseHold: choices.rarely(8),
      random: choices.below(4) / 4,
    };
  }

  private environment(choices: Choices): ModelEnvironment {
    return choices.of(['test', 'prod'] as const);
  }

  private pull(choices: Choices, isOpen: boolean): ModelPull | undefined {
    const found = [...this.repository.pulls.values()].filter(
      ({ open, merged }) => open === isOpen && merged === undefined,
    );
    return found.length > 0 ? choices.of(found) : undefined;
  }

  private branch(choices: Choices): string {
    return choices.of([...this.repository.refs.keys()].filter((ref) => ref.startsWith('refs/heads/')));
  }

  commitTo(branch: string, choices: Choices): string {
    const ref = `refs/heads/${branch}`;
    const tip = this.repository.tip(branch) ?? this.main;
    const commit = this.repository.commit([tip], withFiles(tip.tree, this.edit(tip.tree, choices)));
    this.push(ref, commit);
    return `${branch} to ${commit.index}`;
  }

  /** Another commit takes the place of the last one. */
  amend(choices: Choices): string | undefined {
    const branch = choices.of([...FEATURES, 'develop']);
    const tip = this.repository.tip(branch);
    const [parent] = tip?.parents ?? [];
    if (!tip || !parent) return undefined;
    const commit = this.repository.commit([parent], withFiles(tip.tree, this.edit(tip.tree, choices)));
    this.push(`refs/heads/${branch}`, commit);
    return `${branch} to ${commit.index}`;
  }

  propose(choices: Choices): string | undefined {
    const number = this.repository.pulls.size + 1;
    const branch = choices.of(FEATURES);
    const base = choices.of([...['main', 'main', 'main', 'develop'].map(branchName), ...FEATURES]);
    if (number > 4 || base === branch) return undefined;
    const [tip, head] = [this.repository.tip(base), this.repository.tip(branch)];
    if (!tip) return undefined;
    if ([...this.repository.pulls.values()].some((pull) => pull.open && pull.branch === branch)) return undefined;
    const commit = head ?? this.repository.commit([tip], withFiles(tip.tree, this.edit(tip.tree, choices)));
    if (!head) this.push(`refs/heads/${branch}`, commit);
    const pull: ModelPull = { number, branch, base, head: commit, open: true, merged: undefined };
    this.repository.pulls.set(number, pull);
    this.enqueuePull(pull);
    return `#${number} from ${branch} at ${commit.index} into ${base}`;
  }

  merge(choices: Choices): string | undefined {
    const pull = this.pull(choices, true);
    const tip = pull && this.repository.tip(pull.base);
    if (!pull || !tip) return undefined;
    const how = choices.of(['merge', 'squash', 'rebase']);
    const parents = how === 'merge' ? [tip, pull.head] : [tip];
    const commit = this.repository.commit(parents, this.repository.merged(tip, pull.head));
    Object.assign(pull, { open: false, merged: commit });
    this.push(`refs/heads/${pull.base}`, commit);
    this.enqueue(`#${pull.number} merged`, (more) => this.runs.close(pull.number, true, more.rarely(8)));
    return `#${pull.number} by ${how} to ${commit.index}`;
  }

  close(choices: Choices): string | undefined {
    const pull = this.pull(choices, true);
    if (!pull) return undefined;
    pull.open = false;
    this.enqueue(`#${pull.number} closed`, (more) => this.runs.close(pull.number, false, more.rarely(8)));
    return `#${pull.number}`;
  }

  reopen(choices: Choices): string | undefined {
    const pull = this.pull(choices, false);
    if (!pull) return undefined;
    pull.open = true;
    pull.head = this.repository.tip(pull.branch) ?? pull.head;
    this.enqueuePull(pull);
    return `#${pull.number}`;
  }

  /** A commit on main that takes the last one back. */
  revert(): string | undefined {
    const { main } = this;
    const [parent] = main.parents;
    if (!parent) return undefined;
    const commit = this.repository.commit([main], parent.tree);
    this.push('refs/heads/main', commit);
    return `${main.index} by ${commit.index}`;
  }

  tag(choices: Choices): string {
    this.tags += 1;
    const isCandidate = choices.rarely(4);
    const commit = isCandidate ? (this.repository.tip(choices.of(FEATURES)) ?? this.main) : this.main;
    const ref = isCandidate ? `refs/tags/rc-${this.tags}` : `refs/tags/v${this.tags}`;
    this.push(ref, commit);
    return `${ref} at ${commit.index}`;
  }

  remove(choices: Choices): string | undefined {
    const branch = choices.of(FEATURES);
    if (!this.repository.refs.delete(`refs/heads/${branch}`)) return undefined;
    if (choices.rarely(2)) return branch;
    const context = { ...this.context('delete', this.main, { commit: this.main, ref: 'refs/heads/main' }) };
    this.enqueue(`removal of ${branch}`, (more) =>
      this.runs.sync(context, { ...this.options(more, 'test'), deletedBranch: branch }),
    );
    return branch;
  }

  async run(choices: Choices): Promise<string | undefined> {
    if (this.queue.length === 0) return undefined;
    // Mostly in order.
    const index = choices.rarely(3) ? choices.below(this.queue.length) : 0;
    const [[name, job] = ['', async () => '']] = this.queue.splice(index, 1);
    return choices.rarely(10) ? `${name} never` : `${name}: ${await job(choices)}`;
  }

  async dispatch(choices: Choices): Promise<string> {
    const ref = this.branch(choices);
    const commit = this.repository.refs.get(ref) as ModelCommit;
    const environment = this.environment(choices);
    const context = this.context('workflow_dispatch', commit, { commit, ref });
    return `${ref} to ${environment}: ${await this.runs.sync(context, this.options(choices, environment))}`;
  }

  /** A job for main checks something else out, or unpacks over main what another job built. */
  async mixCheckouts(choices: Choices): Promise<string> {
    const [branch, environment] = [choices.of(FEATURES), this.environment(choices)];
    const foreign = this.repository.tip(branch) ?? this.main;
    const named = { commit: this.main, ref: 'refs/heads/main' };
    const event = choices.of(['repository_dispatch', 'status', 'issues', 'workflow_run', 'issue_comment']);
    const options = this.options(choices, environment);
    if (choices.rarely(3)) {
      const conclusion = await this.runs.sync(this.context(event, foreign, named), options);
      return `${branch} checked out on ${event} to ${environment}: ${conclusion}`;
    }
    const changed = changedPaths(this.main.tree, foreign.tree);
    const working = new Map(changed.map((path) => [path, foreign.tree.get(path)] as const));
    const pull = [...this.repository.pulls.values()].find((one) => one.branch === branch);
    const found = pull?.open ? pullRequestOf(pull, pull.head, this.main) : undefined;
    const subjects: RunContext['subject'][] = [
      { kind: 'unknown' },
      { kind: 'commit', commit: foreign, preview: choices.of<PreviewKey | undefined>([branchKey(branch), undefined]) },
      { kind: 'commit', commit: foreign, preview: pull && pullRequestKey(pull.number) },
      ...(pull ? [{ kind: 'pull request', number: pull.number, pull: found } as const] : []),
    ];
    const subject = choices.of(subjects);
    const context: RunContext = { ...this.context(event, this.main, named), working, subject };
    return `${branch} unpacked on ${event} (${subject.kind}) to ${environment}: ${await this.runs.sync(context, options)}`;
  }

  /** A job builds documents, and commits them or not. */
  async build(choices: Choices): Promise<string> {
    const ref = choices.of(['refs/heads/main', 'refs/heads/main', this.branch(choices)]);
    const commit = this.repository.refs.get(ref) as ModelCommit;
    const environment = this.environment(choices);
    const files: Files = [[choices.of(['gen', ...PATHS]), this.fresh('g')]];
    const how = choices.of(['left', 'ignored', 'committed', 'merged']);
    const tree = withFiles(commit.tree, files);
    const feature = this.repository.tip(choices.of(FEATURES)) ?? commit;
    const head =
      how === 'committed'
        ? this.repository.commit([commit], tree)
        : how === 'merged'
          ? this.repository.commit([commit, feature], this.repository.merged(commit, feature))
          : commit;
    const context = this.context('push', head, { commit, ref });
    const working = new Map(head === commit ? files : []);
    const ignored = new Set(
      how === 'ignored' ? files.map(([path]) => path).filter((path) => !commit.tree.has(path)) : [],
    );
    const conclusion = await this.runs.sync({ ...context, working, ignored }, this.options(choices, environment));
    return `${how} on ${ref} to ${environment}: ${conclusion}`;
  }

  /** Somebody at a terminal, with what may be in no commit, or in none that was pushed. */
  async runAtTerminal(choices: Choices): Promise<string> {
    const ref = this.branch(choices);
    const tip = this.repository.refs.get(ref) as ModelCommit;
    const environment = this.environment(choices);
    const isWip = choices.rarely(3);
    const head = isWip ? this.repository.commit([tip], withFiles(tip.tree, this.edit(tip.tree, choices))) : tip;
    const files = choices.rarely(2) ? this.edit(head.tree, choices) : [];
    const working = new Map(files.filter(([path, file]) => head.tree.get(path) !== file));
    const ignored = new Set([...working.keys()].filter((path) => !head.tree.has(path) && choices.rarely(2)));
    const context = { ...this.context('terminal', head, { commit: head, ref }), working, ignored };
    const dirty = [...working].map(([path, file]) => `${path}=${file}`).join(' ');
    return `${ref} ${isWip ? 'wip ' : ''}${dirty} to ${environment}: ${await this.runs.sync(context, this.options(choices, environment))}`;
  }

  /** Somebody edits the codex by hand. */
  editCodex(choices: Choices): string {
    const environment = choices.of(['test', 'test', 'prod'] as const);
    const folder = this.runs[environment];
    const known = [...folder.entries.keys()];
    const path = known.length > 0 && !choices.rarely(6) ? choices.of(known) : 'b';
    const kind = choices.below(5);
    const text = kind === 0 ? undefined : kind === 1 ? this.shown(choices)?.[1] : this.fresh('e');
    folder.edit(path, text === undefined ? undefined : { id: blobId(text), executable: false });
    return `${environment} ${path}=${text}`;
  }

  private promotion(choices: Choices): PromotionOptions {
    const { threshold, onConflict, allowOlder, releaseHold, isSilent } = this.options(choices, 'prod');
    return {
      threshold,
      onConflict,
      allowOlder,
      releaseHold,
      isSilent,
      releaseEdits: choices.rarely(4),
      isByName: choices.rarely(2),
    };
  }

  async promote(choices: Choices): Promise<string> {
    const [state] = this.runs.test.states.slice(choices.rarely(5) ? -2 : -1);
    const options = this.promotion(choices);
    return `${options.releaseEdits ? 'edits too: ' : ''}${state && (await this.runs.promote('test', state, 'prod', options))}`;
  }

  async rollBack(choices: Choices): Promise<string> {
    const { states } = this.runs.prod;
    const state = choices.of(states.length > 1 ? states.slice(1) : states);
    return this.runs.promote('prod', state, 'prod', { ...this.promotion(choices), allowOlder: true });
  }

  async reset(choices: Choices): Promise<string | undefined> {
    const state = this.runs.prod.states.at(-1);
    return state && this.runs.promote('prod', state, 'test', this.promotion(choices));
  }

  async syncOrganization(choices: Choices): Promise<string> {
    const environment = this.environment(choices);
    const tags = [...this.repository.refs.keys()].filter((ref) => ref.startsWith('refs/tags/'));
    const ref = choices.rarely(2) ? (tags.at(-1) ?? 'refs/heads/main') : 'refs/heads/main';
    return `${ref} to ${environment}: ${await this.runs.syncOrganization(ref, this.options(choices, environment))}`;
  }

  retire(choices: Choices): Promise<string> {
    return this.runs.retirePreview(choices.below(8));
  }
}

type Step = (history: ModelHistory, choices: Choices) => Promise<string | undefined> | string | undefined;
const WEIGHTS: [number, string, Step][] = [
  [16, 'run', (history, choices) => history.run(choices)],
  [4, 'commit', (history, choices) => history.commitTo('main', choices)],
  [4, 'commit', (history, choices) => history.commitTo(choices.of(FEATURES), choices)],
  [2, 'commit', (history, choices) => history.commitTo('develop', choices)],
  [1, 'commit', (history, choices) => history.commitTo(choices.of(['release/1', 'release/2']), choices)],
  [8, 'propose', (history, choices) => history.propose(choices)],
  [4, 'amend', (history, choices) => history.amend(choices)],
  [6, 'merge', (history, choices) => history.merge(choices)],
  [3, 'close', (history, choices) => history.close(choices)],
  [1, 'reopen', (history, choices) => history.reopen(choices)],
  [1, 'revert', (history) => history.revert()],
  [2, 'tag', (history, choices) => history.tag(choices)],
  [1, 'remove', (history, choices) => history.remove(choices)],
  [2, 'dispatch', (history, choices) => history.dispatch(choices)],
  [4, 'mix', (history, choices) => history.mixCheckouts(choices)],
  [3, 'build', (history, choices) => history.build(choices)],
  [4, 'terminal', (history, choices) => history.runAtTerminal(choices)],
  [4, 'edit', (history, choices) => history.editCodex(choices)],
  [5, 'promote', (history, choices) => history.promote(choices)],
  [3, 'roll back', (history, choices) => history.rollBack(choices)],
  [1, 'reset', (history, choices) => history.reset(choices)],
  [2, 'organization', (history, choices) => history.syncOrganization(choices)],
  [1, 'retire', (history, choices) => history.retire(choices)],
];
const STEPS = WEIGHTS.flatMap(([weight, name, perform]) =>
  Array.from({ length: weight }, () => [name, perform] as const),
);
