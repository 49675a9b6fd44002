import type { Commit, Files, RepositoryLog, Step, Visibility, WorldLog } from '../log.ts';
import { createRandom, type Random } from '../random.ts';
import { type CommitDetails, createDatabase, type Database, type StoredCommit } from './database.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

/** How often an edge misbehaves: probabilities for one call, and milliseconds. */
export interface Faults {
  /** A question to GitHub's API gets no answer (the client has tried again already). */
  readonly noAnswer: number;
  /** Questions that never get one, as a token without the permission has it. */
  readonly unanswered: readonly string[];
  /** An answer about a branch or a pull request is from before the last change, up to `lag` milliseconds ago. */
  readonly stale: number;
  readonly lag: number;
  /** A fetch fails once; the product tries three times. */
  readonly fetchFails: number;
  /** A push is accepted, and its answer is lost. */
  readonly lostAnswer: number;
  /** A push breaks before the server has it. */
  readonly pushFails: number;
  /** A server refuses a push with a message that is final. */
  readonly refused: number;
  /** The longest time of one answer; each is drawn from 1 to this. */
  readonly latency: number;
  /** A call takes up to fifty times as long. */
  readonly slow: number;
}

export const NO_FAULTS: Faults = {
  noAnswer: 0,
  unanswered: [],
  stale: 0,
  lag: 2000,
  fetchFails: 0,
  lostAnswer: 0,
  pushFails: 0,
  refused: 0,
  latency: 400,
  slow: 0,
};

export interface Pull {
  readonly number: number;
  /** Name of the head's branch, in the fork where `fork` is its name. */
  readonly headBranch: string;
  /** `owner/name` of a fork; `undefined` for a branch of the repository. */
  readonly fork: string | undefined;
  base: string;
  head: string;
  state: 'open' | 'closed' | 'merged';
  /** Of a closed one. */
  closedAt: number | undefined;
  updatedAt: number;
  mergeCommit: string | undefined;
  /** GitHub's merge of head and base, as `refs/pull/<n>/merge`. */
  merge: string;
}

interface Moved<Value> {
  readonly at: number;
  readonly value: Value;
}

export interface Repository {
  /** `owner/name` at the beginning; its key in the log. */
  readonly id: string;
  readonly isCodex: boolean;
  /** `owner/name` now. */
  name: string;
  defaultBranch: string;
  visibility: Visibility;
  archived: boolean;
  /** Branch -> commit. */
  readonly branches: Map<string, string>;
  readonly protectedBranches: Set<string>;
  /** Old name -> new name, which GitHub redirects. */
  readonly renamedBranches: Map<string, string>;
  readonly tags: Map<string, string>;
  /** Tags of releases, oldest first. */
  readonly releases: string[];
  readonly pulls: Map<number, Pull>;
  /** Branches of forks: `owner/name:branch` -> commit. */
  readonly forks: Map<string, string>;
  /** Pull request -> marked comments. */
  readonly comments: Map<number, string[]>;
  /** Earlier values, for answers that are late. */
  readonly moves: Map<string, Moved<string | undefined>[]>;
  readonly pullMoves: Map<number, Moved<Pull>[]>;
  /** Branch -> its last deletion. */
  readonly deletions: Map<string, { readonly at: number; readonly commit: string }>;
  /** All objects that ever came to it. */
  readonly objects: Set<string>;
  readonly commits: Map<string, Commit>;
}

export interface World {
  readonly seed: number;
  readonly owner: string;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly database: Database;
  readonly codex: Repository;
  /** By `id`. */
  readonly projects: Map<string, Repository>;
  readonly steps: Step[];
  faults: Faults;
  /** Until then GitHub answers nothing: neither its API nor git. */
  outageUntil: number;
  /** Numbers of runs, from 1. */
  runs: number;
  /** Milliseconds of the virtual clock. */
  readonly now: () => number;
  /** Lets time pass; runs that are under way go on. */
  readonly advance: (milliseconds: number) => Promise<void>;
  /** Lets one run pass one edge; `false` when none is under way. */
  readonly step: () => Promise<boolean>;
  /** Waits until no run is under way. */
  readonly settle: () => Promise<void>;
  readonly log: () => WorldLog;
}

/** Virtual time at the beginning of a history. */
const START = Date.UTC(2026, 0, 5, 8);

/** An organization with an empty codex `<owner>/codex`; people then create projects, and may begin the codex. */
export function createWorld({
  seed,
  owner = 'acme',
  faults = {},
  codex: given = {},
}: {
  readonly seed: number;
  readonly owner?: string;
  readonly faults?: Partial<Faults>;
  readonly codex?: Partial<Pick<Repository, 'defaultBranch' | 'visibility'>> & { readonly name?: string };
}): World {
  const codex = createRepository(`${owner}/${given.name ?? 'codex'}`, true, {
    defaultBranch: given.defaultBranch ?? 'main',
    visibility: given.visibility ?? 'private',
  });
  return worldOf({
    ...{ seed, owner, codex, projects: new Map(), steps: [], outageUntil: START, runs: 0 },
    ...{ random: createRandom(seed, 'world'), database: createDatabase(), faults: { ...NO_FAULTS, ...faults } },
    scheduler: createScheduler(START),
  });
}

/** An independent world that goes on from here; no run may be under way. */
export function copyWorld(world: World): World {
  const { seed, owner, random, faults, outageUntil, runs } = world;
  const projects = [...world.projects].map(([id, repository]) => [id, copyRepository(repository)] as const);
  return worldOf({
    ...{ seed, owner, random, faults, outageUntil, runs },
    ...{ codex: copyRepository(world.codex), projects: new Map(projects) },
    ...{ steps: [...world.steps], database: world.database.copy(), scheduler: createScheduler(world.now()) },
  });
}

function copyRepository(repository: Repository): Repository {
  const { branches, protectedBranches, renamedBranches, tags, releases, pulls, forks, comments } = repository;
  const { moves, pullMoves, deletions, objects, commits } = repository;
  const lists = <Key, Value>(from: ReadonlyMap<Key, readonly Value[]>) =>
    new Map([...from].map(([key, list]) => [key, [...list]]));
  return {
    ...repository,
    ...{ branches: new Map(branches), protectedBranches: new Set(protectedBranches) },
    ...{ renamedBranches: new Map(renamedBranches), tags: new Map(tags), releases: [...releases] },
    ...{ pulls: new Map([...pulls].map(([number, pull]) => [number, { ...pull }])), forks: new Map(forks) },
    ...{ comments: lists(comments), moves: lists(moves), pullMoves: lists(pullMoves) },
    ...{ deletions: new Map(deletions), objects: new Set(objects), commits: new Map(commits) },
  };
}

function worldOf(
  parts: Pick<
    World,
    | 'seed'
    | 'owner'
    | 'random'
    | 'scheduler'
    | 'database'
    | 'codex'
    | 'projects'
    | 'steps'
    | 'faults'
    | 'outageUntil'
    | 'runs'
  >,
): World {
  const { seed, scheduler, codex, projects, steps } = parts;
  return {
    ...parts,
    now: scheduler.now,
    advance: scheduler.advance,
    step: scheduler.step,
    settle: scheduler.settle,
    log: () => ({
      seed,
      codex: logOf(codex),
      projects: new Map([...projects].map(([id, repository]) => [id, logOf(repository)])),
      steps: [...steps],
    }),
  };
}

function logOf({ id, commits }: Repository): RepositoryLog {
  return { name: id, commits: new Map(commits) };
}

function createRepository(
  name: string,
  isCodex: boolean,
  { defaultBranch, visibility }: Pick<Repository, 'defaultBranch' | 'visibility'>,
): Repository {
  return {
    ...{ id: name, name, isCodex, defaultBranch, visibility, archived: false },
    branches: new Map(),
    protectedBranches: new Set(),
    renamedBranches: new Map(),
    tags: new Map(),
    releases: [],
    pulls: new Map(),
    forks: new Map(),
    comments: new Map(),
    moves: new Map(),
    pullMoves: new Map(),
    deletions: new Map(),
    objects: new Set(),
    commits: new Map(),
  };
}

/** A repository of the organization with its first commit on its default branch. */
export function createProject(
  world: World,
  name: string,
  files: Files,
  { defaultBranch = 'main', visibility = 'private' as Repository['visibility'] } = {},
): Repository {
  const repository = createRepository(`${world.owner}/${name}`, false, { defaultBranch, visibility });
  world.projects.set(repository.id, repository);
  moveBranch(world, repository, defaultBranch, writeCommit(world, repository, files, [], 'Begin'), 'person');
  return repository;
}

/** The repository that GitHub finds under a name, former names included; `undefined` without one. */
export function findRepository(world: World, name: string): Repository | undefined {
  const all = [world.codex, ...world.projects.values()];
  const same = (other: string) => other.toLowerCase() === name.toLowerCase();
  return all.find((one) => same(one.name)) ?? all.find((one) => same(one.id));
}

/** What a person writes: a text, or `null` for a removal. */
export type Changes = Readonly<Record<string, string | null>>;

const PERSON = 'Pat Person <pat@example.com>';

/** Commits changes on top of a branch, which begins here if it does not exist. Returns the commit. */
export function commit(
  world: World,
  repository: Repository,
  branch: string,
  changes: Changes,
  { message = 'Edit' }: { readonly message?: string } = {},
): string {
  const tip = repository.branches.get(branch);
  const id = commitOn(world, repository, tip, changes, message);
  moveBranch(world, repository, branch, id, 'person');
  return id;
}

/** The same on top of any commit. No branch moves and GitHub does not get it: for forced pushes and local commits. */
export function commitOn(
  world: World,
  repository: Repository,
  parent: string | undefined,
  changes: Changes,
  message = 'Edit',
): string {
  const before = parent === undefined ? new Map<string, string>() : filesAt(world, parent);
  return writeCommit(world, repository, withChanges(before, changes), parent === undefined ? [] : [parent], message);
}

/** Creates a branch at a commit, or moves one by force. */
export function setBranch(world: World, repository: Repository, branch: string, to: string): void {
  moveBranch(world, repository, branch, to, 'person');
}

/** GitHub does not delete the default branch. */
export function deleteBranch(world: World, repository: Repository, branch: string): void {
  if (branch === repository.defaultBranch) return;
  moveBranch(world, repository, branch, undefined, 'person');
}

/** GitHub redirects the old name, and pull requests into it follow. */
export function renameBranch(world: World, repository: Repository, branch: string, to: string): void {
  const tip = repository.branches.get(branch);
  if (tip === undefined || repository.branches.has(to)) return;
  moveBranch(world, repository, to, tip, 'person');
  for (const pull of repository.pulls.values()) if (pull.base === branch) pull.base = to;
  moveBranch(world, repository, branch, undefined, 'person', false);
  repository.renamedBranches.delete(to);
  repository.renamedBranches.set(branch, to);
  if (repository.protectedBranches.has(branch)) {
    setProtected(world, repository, to, true);
    setProtected(world, repository, branch, false);
  }
  if (repository.defaultBranch === branch) changeSettings(world, repository, { defaultBranch: to });
}

/** Sets or moves a tag; `undefined` deletes it. */
export function setTag(world: World, repository: Repository, tag: string, to: string | undefined): void {
  if (to === undefined) repository.tags.delete(tag);
  else {
    receive(world, repository, to);
    repository.tags.set(tag, to);
  }
  world.steps.push({ kind: 'tag', at: world.now(), repository: repository.id, tag, to });
}

/** A tag with a release. */
export function publishRelease(world: World, repository: Repository, tag: string, to: string): void {
  setTag(world, repository, tag, to);
  repository.releases.push(tag);
}

/** A protected branch of the codex takes no push; one of a project is on the release line if the configuration names it. */
export function setProtected(world: World, repository: Repository, branch: string, isProtected: boolean): void {
  if (repository.protectedBranches.has(branch) === isProtected) return;
  if (isProtected) repository.protectedBranches.add(branch);
  else repository.protectedBranches.delete(branch);
  const protection = { branch, isProtected };
  world.steps.push({ kind: 'settings', at: world.now(), repository: repository.id, protection });
}

/** Reverts one commit on top of a branch: files that it changed get their earlier texts. */
export function revert(world: World, repository: Repository, branch: string, reverted: string): string | undefined {
  const { parents } = expectCommit(repository, reverted);
  const before = parents[0] === undefined ? new Map<string, string>() : filesAt(world, parents[0]);
  const changes = Object.fromEntries(
    changedBetween(before, filesAt(world, reverted)).map((path) => [path, before.get(path) ?? null]),
  );
  return commit(world, repository, branch, changes, { message: `Revert ${reverted}` });
}

/** Opens a pull request; from a fork where `fork` names one (see `pushToFork`). */
export function openPull(
  world: World,
  repository: Repository,
  { headBranch, base = repository.defaultBranch, fork }: { headBranch: string; base?: string; fork?: string },
): Pull | undefined {
  const head = fork === undefined ? repository.branches.get(headBranch) : repository.forks.get(`${fork}:${headBranch}`);
  if (head === undefined || !repository.branches.has(base)) return undefined;
  // GitHub allows one open pull request from a branch into another.
  const isSame = (one: Pull) => one.headBranch === headBranch && one.fork === fork && one.base === base;
  if ([...repository.pulls.values()].some((one) => one.state === 'open' && isSame(one))) return undefined;
  const number = repository.pulls.size + 1;
  const pull: Pull = {
    ...{ number, headBranch, fork, base, head, state: 'open' },
    ...{ closedAt: undefined, updatedAt: world.now(), mergeCommit: undefined, merge: head },
  };
  repository.pulls.set(number, pull);
  updatePull(world, repository, pull);
  return pull;
}

export function closePull(world: World, repository: Repository, number: number): void {
  const pull = repository.pulls.get(number);
  if (pull?.state !== 'open') return;
  pull.state = 'closed';
  pull.closedAt = world.now();
  updatePull(world, repository, pull);
}

/** GitHub reopens a pull request only if it was not merged and its branch exists. */
export function reopenPull(world: World, repository: Repository, number: number): void {
  const pull = repository.pulls.get(number);
  if (pull?.state !== 'closed' || headOf(repository, pull) === undefined || !repository.branches.has(pull.base)) return;
  pull.state = 'open';
  pull.closedAt = undefined;
  updatePull(world, repository, pull);
}

export function retargetPull(world: World, repository: Repository, number: number, base: string): void {
  const pull = repository.pulls.get(number);
  if (pull?.state !== 'open' || !repository.branches.has(base)) return;
  pull.base = base;
  updatePull(world, repository, pull);
}

/** Merges; of a conflict the pull request's text wins. Returns the commit on the base. */
export function mergePull(
  world: World,
  repository: Repository,
  number: number,
  how: 'merge' | 'squash' | 'rebase' = 'merge',
): string | undefined {
  const pull = repository.pulls.get(number);
  const base = pull && repository.branches.get(pull.base);
  if (pull?.state !== 'open' || base === undefined) return undefined;
  const files = mergedFiles(world, base, pull.head);
  const parents = how === 'merge' ? [base, pull.head] : [base];
  const merged = writeCommit(world, repository, files, parents, `${how} #${number}`);
  pull.state = 'merged';
  pull.closedAt = world.now();
  pull.mergeCommit = merged;
  moveBranch(world, repository, pull.base, merged, 'person');
  updatePull(world, repository, pull);
  return merged;
}

/** A stranger commits in a fork, on top of its branch, else of the default branch. */
export function pushToFork(
  world: World,
  repository: Repository,
  fork: string,
  branch: string,
  changes: Changes,
): string | undefined {
  const place = `${fork}:${branch}`;
  const parent = repository.forks.get(place) ?? repository.branches.get(repository.defaultBranch);
  if (parent === undefined) return undefined;
  const id = commitOn(world, repository, parent, changes, 'Suggest');
  receive(world, repository, id);
  repository.forks.set(place, id);
  for (const pull of repository.pulls.values()) {
    if (pull.state !== 'open' || pull.fork !== fork || pull.headBranch !== branch) continue;
    pull.head = id;
    updatePull(world, repository, pull);
  }
  return id;
}

/** Renames, transfers of the default branch, visibility, archiving. */
export function changeSettings(
  world: World,
  repository: Repository,
  settings: {
    readonly defaultBranch?: string;
    /** `owner/name` */
    readonly renamedTo?: string;
    readonly visibility?: Visibility;
    readonly archived?: boolean;
  },
): void {
  const { defaultBranch } = settings;
  if (defaultBranch !== undefined) {
    if (!repository.branches.has(defaultBranch)) return;
    repository.defaultBranch = defaultBranch;
  }
  if (settings.renamedTo !== undefined) repository.name = settings.renamedTo;
  if (settings.visibility !== undefined) repository.visibility = settings.visibility;
  if (settings.archived !== undefined) repository.archived = settings.archived;
  world.steps.push({ kind: 'settings', at: world.now(), repository: repository.id, ...settings });
}

/** From now on GitHub answers nothing for so long. */
export function beginOutage(world: World, milliseconds: number): void {
  world.outageUntil = world.now() + milliseconds;
}

/** Where the codex has its own configuration, on its default branch. */
export const CODEX_CONFIG_FILE = '.fractary/codex.yaml';

/** Where the configuration of a project is. */
export const CONFIG_FILE = '.fractary/plugins/codex/config.json';

/** The text of a configuration: the same value always gives the same text. */
export function renderConfig(config: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** Commits a configuration to a branch; `undefined` removes it. */
export function configure(
  world: World,
  repository: Repository,
  branch: string,
  config: Readonly<Record<string, unknown>> | undefined,
): string {
  return commit(world, repository, branch, { [CONFIG_FILE]: config ? renderConfig(config) : null });
}

/** Texts of a commit, by path. */
export function filesAt(world: World, commit: string): Files {
  return world.database.filesOf(expectStored(world, commit).tree);
}

/** Texts of a branch's tip; empty without the branch. */
export function filesOn(world: World, repository: Repository, branch: string): Files {
  const tip = repository.branches.get(branch);
  return tip === undefined ? new Map() : filesAt(world, tip);
}

/** Moves a branch and logs it. Pull requests from it get their new head. */
export function moveBranch(
  world: World,
  repository: Repository,
  branch: string,
  to: string | undefined,
  by: 'person' | number,
  closes = true,
): void {
  const from = repository.branches.get(branch);
  if (from === to) return;
  if (to === undefined) {
    repository.branches.delete(branch);
    if (from !== undefined) repository.deletions.set(branch, { at: world.now(), commit: from });
  } else {
    receive(world, repository, to);
    repository.branches.set(branch, to);
    repository.renamedBranches.delete(branch);
  }
  const moves = repository.moves.get(branch) ?? [];
  moves.push({ at: world.now(), value: to });
  repository.moves.set(branch, moves);
  world.steps.push({ kind: 'branch', at: world.now(), repository: repository.id, branch, from, to, by });
  for (const pull of repository.pulls.values()) {
    if (pull.state !== 'open') continue;
    if (pull.fork === undefined && pull.headBranch === branch && to !== undefined) {
      pull.head = to;
      updatePull(world, repository, pull);
    } else if (
      to === undefined &&
      closes &&
      (pull.base === branch || (pull.fork === undefined && pull.headBranch === branch))
    ) {
      closePull(world, repository, pull.number);
    } else if (pull.base === branch && to !== undefined) pull.merge = mergeRef(world, repository, pull);
  }
}

/** GitHub gets a commit, with all that it builds on. */
export function receive(world: World, repository: Repository, id: string): void {
  const pending = [id];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (repository.objects.has(next)) continue;
    const { tree, parents } = expectStored(world, next);
    repository.objects.add(next);
    for (const object of world.database.objectsBelow(tree)) repository.objects.add(object);
    logCommit(world, repository, next);
    pending.push(...parents);
  }
}

function logCommit(world: World, repository: Repository, id: string): void {
  if (repository.commits.has(id)) return;
  const { parents, tree } = expectStored(world, id);
  repository.commits.set(id, { id, parents, files: world.database.filesOf(tree) });
}

function expectStored({ database }: World, id: string): StoredCommit {
  const found = database.commit(id);
  if (!found) throw new Error(`There is no commit ${id}.`);
  return found;
}

function writeCommit(
  world: World,
  repository: Repository,
  files: Files,
  parents: readonly string[],
  message: string,
): string {
  const time = Math.floor(world.now() / 1000);
  // Numbered, since equal commits in one second would be one commit.
  const number = repository.commits.size;
  const details: CommitDetails = {
    tree: world.database.writeFiles(files),
    ...{ parents, author: PERSON, time, message: `${message} (${number})\n` },
  };
  const id = world.database.writeCommit(details);
  logCommit(world, repository, id);
  return id;
}

function headOf(repository: Repository, { fork, headBranch }: Pull): string | undefined {
  return fork === undefined ? repository.branches.get(headBranch) : repository.forks.get(`${fork}:${headBranch}`);
}

function mergeRef(world: World, repository: Repository, { number, base, head }: Pull): string {
  const tip = repository.branches.get(base);
  if (tip === undefined) return head;
  const merge = writeCommit(world, repository, mergedFiles(world, tip, head), [tip, head], `Merge #${number}`);
  receive(world, repository, merge);
  return merge;
}

function updatePull(world: World, repository: Repository, pull: Pull): void {
  const { number, state, headBranch, base, fork } = pull;
  pull.updatedAt = world.now();
  if (state === 'open') {
    pull.head = headOf(repository, pull) ?? pull.head;
    pull.merge = mergeRef(world, repository, pull);
  }
  const moves = repository.pullMoves.get(number) ?? [];
  moves.push({ at: world.now(), value: { ...pull } });
  repository.pullMoves.set(number, moves);
  const about = { repository: repository.id, number, state, head: pull.head, headBranch, base };
  world.steps.push({ kind: 'pull', at: world.now(), ...about, fork: fork !== undefined });
}

function expectCommit(repository: Repository, id: string): Commit {
  const found = repository.commits.get(id);
  if (!found) throw new Error(`${repository.id} has no commit ${id}.`);
  return found;
}

/** A merge without conflicts: where both sides changed a file, the head's text wins. */
function mergedFiles(world: World, tip: string, head: string): Files {
  const base = world.database.mergeBase(tip, head);
  const [ours, theirs] = [filesAt(world, tip), filesAt(world, head)];
  const before = base === undefined ? new Map<string, string>() : filesAt(world, base);
  return withChanges(
    ours,
    Object.fromEntries(changedBetween(before, theirs).map((path) => [path, theirs.get(path) ?? null])),
  );
}

export function changedBetween(before: Files, after: Files): string[] {
  const changed = [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path);
  for (const path of before.keys()) if (!after.has(path)) changed.push(path);
  return changed;
}

/** A file that is written removes what is in its way: a file where its folder should be, and the reverse. */
export function withChanges(before: Files, changes: Changes): Files {
  const files = new Map(before);
  for (const [path, text] of Object.entries(changes)) {
    files.delete(path);
    if (text === null) continue;
    for (const other of before.keys())
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) files.delete(other);
    files.set(path, text);
  }
  return files;
}
