import type { Commit, Files, RepositoryLog, RunEnd, RunRequest, Step, Visibility, WorldLog } from '../log.ts';
import {
  type CodexRules,
  codexRulesOf,
  DEFAULT_BRANCHES,
  isReleaseRef,
  isStableRef,
  linesOf,
  type Settings,
  settingsOf,
} from './configuration.ts';
import { idOf } from './git-text.ts';
import { MANIFEST, type ManifestFacts, manifestOf } from './manifests.ts';

/** A document of a folder that a move of a branch changed. */
export interface DocumentChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A branch of the codex moves. */
export interface Move {
  readonly step: number;
  readonly branch: string;
  /** `undefined` for a person. */
  readonly run: RunFacts | undefined;
  /** The branch as it was, by the log. */
  readonly tip: Commit | undefined;
  readonly from: Commit | undefined;
  readonly to: Commit | undefined;
  /** Project's folder -> changed documents, without the manifest. */
  readonly folders: ReadonlyMap<string, readonly DocumentChange[]>;
  /** Folders whose manifest changed. */
  readonly manifests: ReadonlySet<string>;
  /** Changed paths outside of `projects/<project>/`. */
  readonly outside: readonly string[];
  readonly isProduction: boolean;
}

export interface RunFacts {
  readonly request: RunRequest;
  readonly start: number;
  /** Whether its ref was a stable one when it began: the configuration may be merged while it goes on. */
  readonly wasStable: boolean;
  /** Whether its project had no merged configuration that it could know, when it began. */
  readonly wasUnconfigured: boolean;
  /** The branch of its environment where the codex's own configuration maps none. */
  readonly ownBranch: string | undefined;
  readonly moves: Move[];
  end?: RunEnd;
  /** Index of the step at which it ended. */
  ended?: number;
}

export type Fault = Extract<Step, { readonly kind: 'fault' }>;

interface Pull {
  readonly state: 'open' | 'closed' | 'merged';
  readonly head: string;
  readonly headBranch: string;
  readonly fork: boolean;
}

/** From the most visible on. */
const VISIBILITIES: readonly Visibility[] = ['public', 'internal', 'private'];
/** Whether at least as many people see one repository as another. */
export const isAsVisible = (one: Visibility, other: Visibility): boolean =>
  VISIBILITIES.indexOf(one) <= VISIBILITIES.indexOf(other);

/** A value that changes, and since which step it is what it is. */
class Changing<Value> {
  private readonly all: { readonly step: number; readonly value: Value }[] = [];
  now: Value;

  constructor(first: Value) {
    this.now = first;
    this.all.push({ step: -1, value: first });
  }

  set(step: number, value: Value): void {
    if (value === this.now) return;
    this.now = value;
    this.all.push({ step, value });
  }

  /** From one step to another, the one at the beginning included. */
  within(start: number, end: number): Value[] {
    const before = this.all.findLast(({ step }) => step < start);
    const during = this.all.filter(({ step }) => step >= start && step <= end);
    return [...(before ? [before] : []), ...during].map(({ value }) => value);
  }
}

const PRODUCTION = ['prod', 'production'];
const CODEX_CONFIG = '.fractary/codex.yaml';
/** Events of a pull request (design section 4, "Guards"). */
export const isPullEvent = ({ event, number, follows }: RunRequest['trigger']): boolean =>
  event.startsWith('pull_request') || number !== undefined || follows?.event.startsWith('pull_request') === true;

/** The pull request that a run is for. */
export const pullOf = ({ number, follows }: RunRequest['trigger']): number | undefined => number ?? follows?.number;

export const fileAt = (commit: Commit | undefined, folder: string, path: string): string | undefined =>
  commit?.files.get(`projects/${folder}/${path}`);

export function manifestAt(commit: Commit | undefined, folder: string): ManifestFacts {
  return manifestOf(fileAt(commit, folder, MANIFEST));
}

/** Documents of a folder at a commit, without its manifest. */
export function documentsAt(commit: Commit | undefined, folder: string): Map<string, string> {
  const prefix = `projects/${folder}/`;
  const found = new Map<string, string>();
  for (const [path, text] of commit?.files ?? []) {
    if (path.startsWith(prefix) && path !== prefix + MANIFEST) found.set(path.slice(prefix.length), text);
  }
  return found;
}

/** The texts at each path that a set of commits has. */
class Texts {
  /** With all ancestors. */
  readonly commits = new Set<string>();
  /** Without their ancestors: of tags, and of what one run had checked out. */
  readonly single = new Set<string>();
  private readonly ids = new Map<string, Set<string>>();

  add(path: string, text: string): void {
    const ids = this.ids.get(path) ?? new Set();
    this.ids.set(path, ids.add(idOf(text)));
  }

  addAll(files: Files): void {
    for (const [path, text] of files) this.add(path, text);
  }

  has(path: string, id: string): boolean {
    return this.ids.get(path)?.has(id) === true;
  }

  hasCommit(id: string): boolean {
    return this.commits.has(id) || this.single.has(id);
  }
}

/** What a project repository ever had on its release line, on its stable refs, and anywhere. */
class ProjectFacts {
  readonly refs = new Map<string, string>();
  readonly released = new Texts();
  readonly stable = new Texts();
  /** Every configuration that the release line ever had. */
  readonly mappings = new Set<Settings>();
  /** Commits that were ever on a ref of the repository itself. */
  readonly pushed = new Set<string>();
  readonly pulls = new Map<number, Pull>();
  /** Number of an open pull request -> the step at which it was opened last. */
  readonly openSince = new Map<number, number>();
  /** At some time. */
  wasArchived = false;
  readonly visibility = new Changing<Visibility>('private');
  /** The configuration of its default branch. */
  readonly merged = new Changing<Settings>(settingsOf(undefined));
  /** What it had while this many people, or more, saw it. */
  private readonly shown = { public: new Texts(), internal: new Texts() };
  defaultBranch = 'main';
  /** All that it ever had: what counted under each is no promise any more. */
  readonly defaultBranches = new Set<string>();
  /** Protected branch -> the step at which it became so. */
  readonly protectedSince = new Map<string, number>();
  /** Names that the repository has had. */
  readonly names: string[];
  readonly log: RepositoryLog;

  constructor(log: RepositoryLog) {
    this.log = log;
    this.names = [log.name];
  }

  commit(id: string | undefined): Commit | undefined {
    return id === undefined ? undefined : this.log.commits.get(id);
  }

  setRef(ref: string, to: string | undefined): void {
    if (to === undefined) this.refs.delete(ref);
    else this.refs.set(ref, to);
  }

  get settings(): Settings {
    return settingsOf(this.commit(this.refs.get(`refs/heads/${this.defaultBranch}`))?.files);
  }

  /** The refs as they are now, by the default branch, the merged configuration and the protection of now. */
  readRefs(): void {
    for (const [ref, id] of this.refs) {
      this.walk(id, this.pushed, () => {});
      this.addRef(ref, id, this.linesOf(ref, this.defaultBranch));
    }
    for (const visibility of ['public', 'internal'] as const)
      if (isAsVisible(this.visibility.now, visibility))
        for (const id of this.refs.values())
          this.walk(id, this.shown[visibility].commits, ({ files }) => this.shown[visibility].addAll(files));
  }

  /** Whether as many people could see a text of it at some moment. */
  wasShown(visibility: Visibility, path: string, id: string): boolean {
    return visibility === 'private' || this.shown[visibility].has(path, id);
  }

  /**
   * A run may take its event's word: for the default branch and its configuration, for the ref and its commit, and for the lists of
   * its own inputs.
   * That makes a line of nothing but what it has checked out, and what its event is about.
   */
  readRun({ trigger, inputs, commit }: RunRequest): void {
    const { ref, sha, about, follows } = trigger;
    if (trigger.event === 'terminal' || isPullEvent(trigger)) return;
    // It may change while the run goes on.
    for (const defaultBranch of new Set([trigger.defaultBranch ?? this.defaultBranch, this.defaultBranch])) {
      // The configuration of a branch that was the default one then.
      const wasDefault = defaultBranch !== this.defaultBranch && ref === `refs/heads/${defaultBranch}`;
      const settings = [this.settings, ...(wasDefault ? [settingsOf(this.commit(sha)?.files)] : [])];
      const linesOf = (one: string) => [
        ...new Set(settings.flatMap((lists) => this.linesOf(one, defaultBranch, inputs, lists))),
      ];
      if (sha !== undefined) this.addRef(ref, sha, linesOf(ref));
      if (follows && about !== undefined) this.addRef(follows.ref, about, linesOf(follows.ref));
      if (defaultBranch === this.defaultBranch && linesOfInputs(inputs).every((lines) => lines === undefined)) continue;
      for (const [one, id] of this.refs)
        for (const named of new Set([commit, sha, about]))
          if (named !== undefined && this.hasOn(one, id, named)) this.addCommit(named, linesOf(one));
    }
  }

  private hasOn(ref: string, id: string, commit: string): boolean {
    if (!ref.startsWith('refs/heads/')) return id === commit;
    let isFound = false;
    this.walk(id, new Set(), (one) => {
      isFound ||= one.id === commit;
    });
    return isFound;
  }

  /** The lines to which a ref belongs now. */
  private linesOf(
    ref: string,
    defaultBranch: string,
    inputs: Readonly<Record<string, string>> = {},
    lists: Settings = this.settings,
  ): readonly Texts[] {
    const [production = lists.productionRefs, stable = lists.stableRefs] = linesOfInputs(inputs);
    const isProtected = (branch: string) => this.protectedSince.has(branch);
    if (isReleaseRef(ref, defaultBranch, production, isProtected)) return [this.released, this.stable];
    return isStableRef(ref, stable) ? [this.stable] : [];
  }

  private addRef(ref: string, id: string, lines: readonly Texts[]): void {
    // Only the commit of a tag is on it; its ancestors are not, so that a walk must not end here.
    if (!ref.startsWith('refs/heads/')) this.addCommit(id, lines);
    else for (const texts of lines) this.walk(id, texts.commits, (commit) => this.addTexts(commit, texts));
  }

  private addCommit(id: string, lines: readonly Texts[]): void {
    for (const texts of lines) {
      const commit = this.commit(id);
      if (texts.hasCommit(id) || !commit) continue;
      this.addTexts(commit, texts);
      texts.single.add(id);
    }
  }

  private addTexts({ files }: Commit, texts: Texts): void {
    texts.addAll(files);
    if (texts === this.released) this.mappings.add(settingsOf(files));
  }

  /** Whether a run that names a ref publishes documents by that, whatever the default branch was, since a step. */
  isStableRef(ref: string, { inputs }: RunRequest, start: number): boolean {
    const [production = this.settings.productionRefs, stable = this.settings.stableRefs] = linesOfInputs(inputs);
    // GitHub tells of a branch that is there.
    const isProtected = (branch: string) =>
      this.refs.has(`refs/heads/${branch}`) && (this.protectedSince.get(branch) ?? start) < start;
    if ([...this.defaultBranches].every((branch) => isReleaseRef(ref, branch, production, isProtected))) return true;
    return isStableRef(ref, stable);
  }

  /** Whether a folder has a name that the repository has or had, or that its merged configuration ever gave. */
  mayBe(folder: string): boolean {
    return (
      this.names.some((name) => name.split('/')[1] === folder) ||
      [...this.mappings].some(({ projectName }) => projectName === folder)
    );
  }

  /** Whether a commit was ever on the line. */
  isOn(line: 'released' | 'stable', id: string | undefined): boolean {
    return id !== undefined && this[line].hasCommit(id);
  }

  private walk(id: string, seen: Set<string>, visit: (commit: Commit) => void): void {
    const rest = [id];
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      const commit = this.commit(next);
      if (commit === undefined || seen.has(next)) continue;
      seen.add(next);
      visit(commit);
      rest.push(...commit.parents);
    }
  }
}

/** A branch of the codex, and all that it ever was. */
class BranchFacts {
  tip: Commit | undefined;
  /** Blob ids of its history. */
  readonly ids = new Set<string>();
  readonly commits = new Set<string>();
  /** `path\0text` that a person wrote here. */
  readonly persons = new Set<string>();
  /** The same with the id of the text: `path\0id`. */
  readonly personIds = new Set<string>();
  /** Paths that a person removed here. */
  readonly removed = new Set<string>();
  /** `path\0text` that was here. */
  readonly texts = new Set<string>();
  readonly moves: { readonly step: number; readonly to: Commit | undefined }[] = [];
}

/** Everything that the promises ask about, as it is after the steps so far. */
export class Ledger {
  readonly runs = new Map<number, RunFacts>();
  readonly projects = new Map<string, ProjectFacts>();
  private readonly branches = new Map<string, BranchFacts>();
  codexDefault = 'main';
  readonly codexVisibility = new Changing<Visibility>('private');
  private readonly faults = new Map<number, Fault[]>();
  private readonly production = new Set<string>();
  private readonly log: WorldLog;

  constructor(log: WorldLog) {
    this.log = log;
    for (const [name, repository] of log.projects) this.projects.set(name, new ProjectFacts(repository));
  }

  codexCommit(id: string | undefined): Commit | undefined {
    return id === undefined ? undefined : this.log.codex.commits.get(id);
  }

  branch(name: string): BranchFacts {
    const found = this.branches.get(name) ?? new BranchFacts();
    this.branches.set(name, found);
    return found;
  }

  allBranches(): Iterable<[string, BranchFacts]> {
    return this.branches;
  }

  isProduction(branch: string): boolean {
    return branch === this.codexDefault || this.production.has(branch);
  }

  project(repository: string): ProjectFacts | undefined {
    return this.projects.get(repository);
  }

  /** Repositories that may publish a folder: by their names, their configuration, or what a run was asked. */
  ownersOf(folder: string): ProjectFacts[] {
    return [...this.projects.values()].filter(
      (project) => this.asked.get(folder)?.has(project) || project.mayBe(folder),
    );
  }

  private readonly asked = new Map<string, Set<ProjectFacts>>();

  /** @returns the move, where a branch of the codex moved */
  take(step: Step, index: number): Move | undefined {
    if (step.kind === 'start') this.start(step, index);
    if (step.kind === 'fault') this.faults.set(step.run, [...(this.faults.get(step.run) ?? []), step]);
    if (step.kind === 'end') {
      const run = this.runs.get(step.run);
      if (run) {
        this.addTwin(run, step.outputs['commit-sha']);
        Object.assign(run, { end: step, ended: index });
      }
    }
    const isCodex = 'repository' in step && step.repository === this.log.codex.name;
    if (step.kind === 'settings' && isCodex && step.visibility) this.codexVisibility.set(index, step.visibility);
    if (step.kind === 'settings' && isCodex && step.defaultBranch !== undefined) this.codexDefault = step.defaultBranch;
    if (step.kind === 'branch' && isCodex) return this.move(step, index);
    if ('repository' in step && step.kind !== 'start' && !isCodex) this.change(step, index);
    return undefined;
  }

  /**
   * Runs that publish the same text in the same second at terminals make the same commit: the same bytes have the same id. The
   * server takes the second push for one that is there already.
   */
  private addTwin(run: RunFacts, sha: unknown): void {
    if (run.moves.length > 0) return;
    const isTwin = ({ request }: RunFacts) =>
      request.commit === run.request.commit && request.env === run.request.env && request.trigger.event === 'terminal';
    const twins = [...this.runs.values()].filter((other) => other !== run && isTwin(other));
    const moves = twins.flatMap((twin) => twin.moves.filter(({ to, step }) => to?.id === sha && step > run.start));
    run.moves.push(...moves.slice(0, 1));
  }

  private start(request: RunRequest, index: number): void {
    const project = this.projects.get(request.repository);
    const wasStable = project?.isStableRef(request.trigger.ref, request, index) ?? false;
    const wasUnconfigured = project?.settings === settingsOf(undefined);
    const { env, branch } = request;
    const settings = project?.settings;
    const isMapped = this.rulesWithin(index, index).some(({ branches }) => branches !== undefined);
    const ownBranch = isMapped ? (branchIn(settings?.branches, env) ?? DEFAULT_BRANCHES[env]) : branch;
    this.runs.set(request.run, { request, start: index, wasStable, wasUnconfigured, ownBranch, moves: [] });
    if (PRODUCTION.includes(request.env)) this.production.add(request.branch);
    if (!project || request.mode !== 'sync-project') return;
    for (const folder of request.projects) {
      const owners = this.asked.get(folder) ?? new Set();
      this.asked.set(folder, owners.add(project));
    }
    this.readRun(request, project);
  }

  private readRun(request: RunRequest, project: ProjectFacts): void {
    project.readRun(request);
    this.addWorkingTree(request, project);
  }

  /** The configuration may have been merged, and the branch moved, while a run went on. */
  private readAgain(run: RunFacts | undefined): void {
    const project = run && this.projects.get(run.request.repository);
    if (!project || run.request.mode !== 'sync-project') return;
    this.readRun(run.request, project);
  }

  /** What a job on a stable ref made in its working tree is the project's text (RELEASE-LINE, "What a run publishes"). */
  private addWorkingTree(request: RunRequest, project: ProjectFacts): void {
    const { trigger, commit, dirty = new Map() } = request;
    if (dirty.size === 0 || trigger.event === 'terminal' || isPullEvent(trigger)) return;
    const subject = subjectOf(trigger);
    for (const line of ['released', 'stable'] as const)
      if ([commit, trigger.sha ?? commit, subject].every((one) => project.isOn(line, one))) project[line].addAll(dirty);
  }

  private change(step: Exclude<Step, { readonly kind: 'start' | 'end' | 'fault' }>, index: number): void {
    const project = this.projects.get(step.repository);
    if (!project) return;
    // A repository's first branch is its default branch, until its settings say otherwise.
    if (step.kind === 'branch' && project.pushed.size === 0) project.defaultBranch = step.branch;
    if (step.kind === 'branch') project.setRef(`refs/heads/${step.branch}`, step.to);
    if (step.kind === 'tag') project.setRef(`refs/tags/${step.tag}`, step.to);
    if (step.kind === 'pull') {
      if (step.state !== 'open') project.openSince.delete(step.number);
      else if (!project.openSince.has(step.number)) project.openSince.set(step.number, index);
      project.pulls.set(step.number, step);
    }
    if (step.kind === 'settings') {
      project.defaultBranch = step.defaultBranch ?? project.defaultBranch;
      if (step.renamedTo !== undefined) project.names.push(step.renamedTo);
      if (step.protection?.isProtected) project.protectedSince.set(step.protection.branch, index);
      else if (step.protection) project.protectedSince.delete(step.protection.branch);
      if (step.visibility !== undefined) project.visibility.set(index, step.visibility);
      if (step.archived !== undefined) project.wasArchived ||= step.archived;
    }
    project.defaultBranches.add(project.defaultBranch);
    project.merged.set(index, project.settings);
    project.readRefs();
  }

  private move(step: Step & { readonly kind: 'branch' }, index: number): Move {
    if (this.branches.size === 0) this.codexDefault = step.branch;
    const branch = this.branch(step.branch);
    const [from, to] = [this.codexCommit(step.from), this.codexCommit(step.to)];
    const run = step.by === 'person' ? undefined : this.runs.get(step.by);
    const changes = changesOf(from, to);
    const move: Move = {
      step: index,
      branch: step.branch,
      run,
      tip: branch.tip,
      from,
      to,
      ...changes,
      isProduction: this.isProduction(step.branch),
    };
    run?.moves.push(move);
    this.readAgain(run);
    branch.tip = to;
    branch.moves.push({ step: index, to });
    this.remember(branch, from, to, step.by === 'person');
    return move;
  }

  private remember(branch: BranchFacts, from: Commit | undefined, to: Commit | undefined, isPerson: boolean): void {
    const rest = to ? [to] : [];
    for (let commit = rest.pop(); commit !== undefined; commit = rest.pop()) {
      if (branch.commits.has(commit.id)) continue;
      branch.commits.add(commit.id);
      for (const [path, text] of commit.files) {
        branch.ids.add(idOf(text));
        // A run's texts are judged after this: what it brings is not yet "there before".
        if (from === undefined || isPerson) branch.texts.add(`${path}\0${text}`);
      }
      for (const parent of commit.parents) {
        const found = this.codexCommit(parent);
        if (found) rest.push(found);
      }
    }
    // A branch that begins at another one has the edits that people made there.
    if (from === undefined && to)
      for (const other of this.branches.values())
        if (other !== branch && other.commits.has(to.id)) {
          for (const edit of other.persons) branch.persons.add(edit);
          for (const edit of other.personIds) branch.personIds.add(edit);
        }
    if (!isPerson) return;
    for (const path of from?.files.keys() ?? []) if (to?.files.has(path) === false) branch.removed.add(path);
    for (const [path, text] of to?.files ?? []) {
      if (from?.files.get(path) === text) continue;
      branch.persons.add(`${path}\0${text}`);
      branch.personIds.add(`${path}\0${idOf(text)}`);
    }
  }

  /** After a move was judged, what it brought counts as there. */
  settle({ branch, to }: Move): void {
    const { texts } = this.branch(branch);
    for (const [path, text] of to?.files ?? []) texts.add(`${path}\0${text}`);
  }

  /** The states of a branch from one step to another, the one at the beginning included. */
  tipsWithin(name: string, start: number, end: number): Commit[] {
    const { moves } = this.branch(name);
    const before = moves.findLast(({ step }) => step < start);
    const within = moves.filter(({ step }) => step >= start && step <= end);
    return [...(before ? [before] : []), ...within].flatMap(({ to }) => to ?? []);
  }

  /** The codex's own configuration from one step to another, the one at the beginning included. */
  rulesWithin(start: number, end: number): CodexRules[] {
    const { moves } = this.branch(this.codexDefault);
    const isThere = moves.some(({ step }) => step < start);
    const tips: (Commit | undefined)[] = [
      ...(isThere ? [] : [undefined]),
      ...this.tipsWithin(this.codexDefault, start, end),
    ];
    return [...new Set(tips.map((tip) => codexRulesOf(tip?.files.get(CODEX_CONFIG))))];
  }

  /** The branches that the environment of a run was from one step to another; the codex's own configuration decides. */
  branchesOf({ request: { env }, ownBranch }: RunFacts, start: number, end: number): string[] {
    const found = this.rulesWithin(start, end).map(({ branches }) =>
      branches === undefined ? ownBranch : branches[env],
    );
    return [...new Set(found.flatMap((branch) => branch ?? []))];
  }

  /** The faults that a run has met. */
  faultsOf({ request }: RunFacts): readonly Fault[] {
    return this.faults.get(request.run) ?? [];
  }

  /** The first step whose state a run may know: a late answer is from before it began. */
  readsFrom(run: RunFacts): number {
    const late = this.faultsOf(run).flatMap(({ at, late }) => (late === undefined ? [] : [at - late]));
    if (late.length === 0) return run.start;
    const from = Math.min(...late);
    return Math.min(
      run.start,
      this.steps.findIndex(({ at }) => at > from),
    );
  }

  /** Whether a commit of a repository contains another one, itself included. */
  contains(repository: RepositoryLog, id: string, other: string): boolean {
    const [rest, seen] = [[id], new Set<string>()];
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      if (next === other) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      rest.push(...(repository.commits.get(next)?.parents ?? []));
    }
    return false;
  }

  get codex(): RepositoryLog {
    return this.log.codex;
  }

  get steps(): readonly Step[] {
    return this.log.steps;
  }
}

/** Events that are about GITHUB_SHA. Of `delete` the deleted branch is gone, and the run is on the default branch. */
const ABOUT_SHA = ['push', 'schedule', 'workflow_dispatch', 'release', 'create', 'delete'];

/** The commit that an event is about; where none is named, text of the working tree is nobody's. */
function subjectOf({ event, sha, about, follows }: RunRequest['trigger']): string | undefined {
  if (ABOUT_SHA.includes(event)) return sha;
  return follows && ABOUT_SHA.includes(follows.event) ? about : undefined;
}

/** `prod` and `production` are one environment. */
export function branchIn(branches: Readonly<Record<string, string>> | undefined, env: string): string | undefined {
  return branches?.[env] ?? (env === 'prod' ? branches?.production : undefined);
}

const linesOfInputs = (inputs: Readonly<Record<string, string>>) =>
  [linesOf(inputs['production-refs']), linesOf(inputs['stable-refs'])] as const;

function changesOf(from: Commit | undefined, to: Commit | undefined) {
  const folders = new Map<string, DocumentChange[]>();
  const manifests = new Set<string>();
  const outside: string[] = [];
  const add = (full: string, before: string | undefined, after: string | undefined) => {
    const [, folder, path] = /^projects\/([^/]+)\/(.+)$/s.exec(full) ?? [];
    if (folder === undefined || path === undefined) outside.push(full);
    else if (path === MANIFEST) manifests.add(folder);
    else folders.set(folder, [...(folders.get(folder) ?? []), { path, before, after }]);
  };
  if (from !== undefined && to !== undefined) {
    for (const [path, text] of to.files) if (from.files.get(path) !== text) add(path, from.files.get(path), text);
    for (const [path, text] of from.files) if (!to.files.has(path)) add(path, text, undefined);
  }
  return { folders, manifests, outside };
}
