import type { Relation } from '../../../src/codex/commit-order.ts';
import { CodexSyncError } from '../../../src/errors.ts';
import {
  type BranchTip,
  type CodexApi,
  checkOpen,
  type FolderEntry,
  type HeldFolder,
} from '../../../src/github/codex-api.ts';
import { type CodexAnswer, NO_CODEX_ANSWER, placeOf } from '../../../src/github/codex-question.ts';
import { type Asked, failRequest, movedRepository } from '../../../src/github/failures.ts';
import type { OrganizationApi } from '../../../src/github/organization-api.ts';
import {
  type KnownFile,
  type KnownRepository,
  NO_REPOSITORIES,
  type OrganizationQuestion,
  type RepositoryTip,
} from '../../../src/github/organization-question.ts';
import type { FileTexts, ProjectApi, PullState } from '../../../src/github/project-api.ts';
import {
  askOnce,
  type BlobId,
  type BranchName,
  blobId,
  branchName,
  commitId,
  treeId,
  tristate,
} from '../../../src/text/ids.ts';
import { TREE, typeOfMode } from './database.ts';
import type { RunEdge } from './edge.ts';
import { clashing } from './store.ts';
import { changedBetween, filesAt, findRepository, moveBranch, type Pull, type Repository } from './world.ts';

/** GitHub's answer with this status; `undefined` for none at all. */
function requestError(status: number | undefined, message: string): Error {
  return Object.assign(new Error(message), { status: status ?? 500, ...(status !== undefined && { response: {} }) });
}

/** A question to GitHub: it takes time, and may have no answer. */
interface Questions {
  /** @throws as Octokit without an answer */
  readonly ask: <T>(what: string, answer: () => T) => Promise<T>;
  /** `undefined` without an answer. */
  readonly tryAsk: <T>(what: string, answer: () => T) => Promise<T | undefined>;
}

function createQuestions(edge: RunEdge): Questions {
  const isUnanswered = async (what: string) => {
    await edge.pass(what);
    return edge.fails('noAnswer', {}, edge.world.faults.unanswered.includes(what));
  };
  return {
    async ask(what, answer) {
      if (await isUnanswered(what)) throw requestError(undefined, 'connect ETIMEDOUT');
      return answer();
    },
    tryAsk: async (what, answer) => ((await isUnanswered(what)) ? undefined : answer()),
  };
}

/** The value of a while ago, if GitHub answers late. */
function lateValue<T>(
  edge: RunEdge,
  about: string,
  moves: readonly { readonly at: number; readonly value: T }[] | undefined,
  current: T,
  first: T,
): T {
  if (!moves) return current;
  const { world, random } = edge;
  const late = random.below(world.faults.lag);
  const then = world.now() - late;
  // An answer that is late but the same is no fault.
  if (moves.every(({ at }) => at <= then) || !edge.fails('stale', { late, about })) return current;
  const last = moves.findLast(({ at }) => at <= then);
  return last ? last.value : first;
}

function branchNow(edge: RunEdge, repository: Repository, branch: string): string | undefined {
  const about = `${repository.id} ${branch}`;
  return lateValue(edge, about, repository.moves.get(branch), repository.branches.get(branch), undefined);
}

/** The commit of the default branch, by which GitHub answers about files. */
function defaultTipOf(edge: RunEdge, repository: Repository): string | undefined {
  return tipNow(edge, repository, repository.defaultBranch);
}

/** The same as `branchNow`, but a branch that is there is found. */
function tipNow(edge: RunEdge, repository: Repository, branch: string): string | undefined {
  const current = repository.branches.get(branch);
  if (current === undefined || edge.world.faults.stale === 0) return current;
  return branchNow(edge, repository, branch) ?? current;
}

function tipOf({ world }: RunEdge, commit: string): BranchTip {
  return { commit: commitId(commit), tree: treeId(world.database.commit(commit)?.tree ?? '') };
}

export function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The relation of `other` to `commit`, as GitHub's comparison shows it; `undefined` where it lacks one. */
function relationOf(edge: RunEdge, repository: Repository, commit: string, other: string): Relation | undefined {
  const resolve = (name: string) =>
    repository.objects.has(name)
      ? name
      : (tipNow(edge, repository, name) ?? repository.tags.get(name.replace(/^refs\/tags\//, '')));
  const [ours, theirs] = [resolve(commit), resolve(other)];
  if (ours === undefined || theirs === undefined) return undefined;
  if (ours === theirs) return 'same';
  const { contains, mergeBase } = edge.world.database;
  if (contains(theirs, ours)) return 'newer';
  if (contains(ours, theirs)) return 'contained';
  // Without a common ancestor GitHub answers 404.
  return mergeBase(ours, theirs) === undefined ? undefined : 'diverged';
}

/** @param found called with the codex's name now */
export function createVirtualCodexApi(edge: RunEdge, asked: Asked, found: (name: string) => void): CodexApi {
  const { world } = edge;
  const { database } = world;
  const { ask, tryAsk } = createQuestions(edge);
  let nameNow = asked.repository;
  const fail = (error: unknown) => failRequest(error, asked);

  function repositoryNow(): Repository {
    const repository = findRepository(world, asked.repository);
    if (!repository) throw requestError(404, 'Not Found');
    return repository;
  }
  const about = <T>(what: string, answer: (repository: Repository) => T): Promise<T> =>
    ask(what, () => answer(repositoryNow())).catch(fail);

  function folderAt({ objects }: Repository, path: string, commit: string) {
    const tree = objects.has(commit) ? database.commit(commit)?.tree : undefined;
    const folder = tree === undefined ? undefined : database.entryAt(tree, path);
    if (folder?.mode !== TREE) return undefined;
    const files = (database.tree(folder.id) ?? []).filter(({ mode }) => mode.startsWith('100'));
    return { tree: treeId(folder.id), files: new Map(files.map(({ name, id }) => [name, blobId(id)])) };
  }

  const readRepository = () =>
    about('repository', ({ name, defaultBranch, visibility, archived }) => {
      nameNow = name;
      found(name);
      const rest = { visibility, archived, disabled: false, mayPush: 'yes' } as const;
      return { fullName: name, defaultBranch: branchName(defaultBranch), ...rest };
    });

  const readBranch = (branch: BranchName) =>
    about(`branch ${branch}`, (repository) => {
      const tip = branchNow(edge, repository, branch);
      return tip === undefined ? undefined : tipOf(edge, tip);
    });

  /** Git's own answer about a service: the first request shows a redirect or a refusal. */
  async function checkService(needsWriting: boolean): Promise<void> {
    const repository = await tryAsk('service', () => findRepository(world, nameNow));
    if (!repository) return;
    if (repository.name !== nameNow) throw movedRepository(asked.repository, repository.name);
    if (needsWriting && repository.archived) checkOpen({ fullName: repository.name, archived: true, disabled: false });
  }

  return {
    ask() {},
    // GitHub's one answer brought about half of the folders and manifests: a run then lists no folder that is what its manifest says.
    async tryHeldFolder(path, commit) {
      const isHeld = Number.parseInt(commit.slice(0, 1), 16) % 2 === 0;
      return isHeld ? { found: folderAt(repositoryNow(), path, commit) } : undefined;
    },
    async tryHeldText(blob) {
      const isHeld = Number.parseInt(blob.slice(0, 1), 16) % 2 === 0;
      return isHeld && repositoryNow().objects.has(blob) ? database.readBlob(blob)?.toString('utf8') : undefined;
    },
    // It brought about half of the files that are named by path, with some of their texts.
    async tryHeldFile(path, commit) {
      const tree = repositoryNow().objects.has(commit) ? database.commit(commit)?.tree : undefined;
      const entry = tree === undefined ? undefined : database.entryAt(tree, path);
      if (!entry?.mode.startsWith('100') || Number.parseInt(commit.slice(0, 1), 16) % 2 === 1) return undefined;
      return { id: blobId(entry.id), executable: entry.mode === '100755' };
    },
    readRepository,
    readDefaultFile: (path) =>
      about('configuration of the codex', (repository) => {
        const tip = defaultTipOf(edge, repository);
        return tip === undefined ? undefined : filesAt(world, tip).get(path);
      }),
    readBranch,
    readCommit: (id) => about('commit', ({ objects }) => (objects.has(id) ? tipOf(edge, id) : undefined)),
    isEmpty: () => about('branches', ({ branches }) => branches.size === 0),

    async tryCreateBranch(branch, commit) {
      const refusal = await about('create branch', (repository) => {
        checkOpen({ fullName: repository.name, archived: repository.archived, disabled: false });
        if (repository.branches.has(branch)) return 'Reference already exists';
        if (clashing(repository, branch) !== undefined) return 'Reference update failed';
        if (!repository.objects.has(commit)) return 'Object does not exist';
        moveBranch(world, repository, branch, commit, edge.task.number);
        return undefined;
      });
      await edge.pass('branch created');
      // The client repeats a request that got no answer, and the branch is there by then.
      return refusal === undefined && edge.fails('lostAnswer') ? 'Reference already exists' : refusal;
    },

    findClash: (branch) => about('clash', (repository) => clashing(repository, branch)),

    tryDeletion: (branch) =>
      tryAsk('activity', () => {
        const deletion = repositoryNow().deletions.get(branch);
        return deletion && { time: dateOf(deletion.at / 1000), commit: deletion.commit };
      }),

    checkPush: () => checkService(true),
    checkFetch: () => checkService(false),

    contains: (commit, ancestor) =>
      about(
        'contains',
        ({ objects }) => objects.has(commit) && objects.has(ancestor) && database.contains(commit, ancestor),
      ),

    tryRelation: (name, commit, other) =>
      tryAsk('relation', () => {
        const repository = findRepository(world, name);
        return repository && relationOf(edge, repository, commit, other);
      }),

    listCommits: (path, from) =>
      about('commits', ({ objects }) =>
        objects.has(from) ? database.touching(path, from, 20).map((id) => tipOf(edge, id)) : [],
      ),

    tryFolder: (path, commit) => about('folder', (repository) => folderAt(repository, path, commit)),

    tryTree: (id) =>
      about('tree', ({ objects }) =>
        objects.has(id)
          ? database.tree(id)?.map(({ mode, name, id }) => ({ mode, type: typeOfMode(mode), id, path: name }))
          : undefined,
      ),

    readText: (blob) =>
      about('blob', ({ objects }) => {
        const content = objects.has(blob) ? database.readBlob(blob) : undefined;
        if (!content) throw requestError(404, 'Not Found');
        return content.toString('utf8');
      }),

    async findRepository(fullName) {
      const answer = await tryAsk('other repository', () => ({ repository: findRepository(world, fullName) }));
      if (!answer) return { kind: 'unknown' };
      const { repository } = answer;
      if (!repository) return { kind: 'not-found' };
      return {
        kind: 'found',
        fullName: repository.name,
        archived: repository.archived,
        visibility: repository.visibility,
      };
    },
  };
}

function pullState(repository: Repository, pull: Pull): PullState {
  const isOurs = pull.fork === undefined;
  return {
    open: pull.state === 'open',
    merged: pull.state === 'merged',
    closedAt: pull.closedAt === undefined ? '' : dateOf(pull.closedAt / 1000),
    headCommit: pull.head,
    mergeCommit: pull.state === 'merged' ? pull.mergeCommit : undefined,
    baseBranch: branchName(pull.base),
    headBranch: isOurs ? branchName(pull.headBranch) : undefined,
    headRepository: isOurs ? repository.name : pull.fork,
  };
}

/** @param name `undefined` outside of a repository: then nothing is answered */
export function createVirtualProjectApi(edge: RunEdge, name: string | undefined): ProjectApi {
  const { world } = edge;
  const { tryAsk } = createQuestions(edge);
  const repositoryNow = () => (name === undefined ? undefined : findRepository(world, name));
  /** `undefined` also without a repository. */
  const about = <T>(what: string, answer: (repository: Repository) => T | undefined) =>
    tryAsk(`project's ${what}`, () => {
      const repository = repositoryNow();
      return repository && answer(repository);
    });
  const pullNow = (repository: Repository, pull: Pull) =>
    lateValue(edge, `${repository.id} #${pull.number}`, repository.pullMoves.get(pull.number), pull, pull);
  const textsAt = (commit: string, paths: readonly string[]): FileTexts => {
    const files = filesAt(world, commit);
    return new Map(paths.flatMap((path) => (files.has(path) ? [[path, files.get(path)]] : [])));
  };

  return {
    tryRepository: () =>
      about('repository', ({ name: fullName, defaultBranch, visibility }) => ({
        ...{ fullName, visibility },
        defaultBranch: branchName(defaultBranch),
      })),
    tryVisibility: () => about('visibility', ({ visibility }) => visibility),
    tryRelation: (commit, other) => about('relation', (repository) => relationOf(edge, repository, commit, other)),
    tryCommitDate: (commit) =>
      about('commit date', ({ objects }) =>
        objects.has(commit) ? dateOf(world.database.commit(commit)?.time ?? 0) : undefined,
      ),
    async hasBranch(branch) {
      return tristate(await about('branch', (repository) => branchNow(edge, repository, branch) !== undefined));
    },
    async hasCommit(commit) {
      return tristate(await about('commit', ({ objects }) => objects.has(commit)));
    },
    findBranch: askOnce(String, async (branch: BranchName) => {
      const answer = await about('branch', (repository) => ({
        commit: branchNow(edge, repository, branch),
        isProtected: repository.protectedBranches.has(branch),
      }));
      if (!answer) return { kind: 'unknown' as const };
      const { commit, isProtected } = answer;
      return commit === undefined ? { kind: 'not-found' as const } : { kind: 'found' as const, commit, isProtected };
    }),
    tryChangesSince: (base, head) =>
      about('changes', (repository) => {
        const { objects } = repository;
        const [from = '', to = ''] = [base, head].map((name) => tipNow(edge, repository, name) ?? name);
        if (!objects.has(from) || !objects.has(to)) return undefined;
        const mergeBase = world.database.mergeBase(from, to);
        if (mergeBase === undefined) return undefined;
        return { mergeBase, paths: changedBetween(filesAt(world, mergeBase), filesAt(world, to)) };
      }),
    tryOpenPulls: (branch) =>
      about('open pull requests', (repository) =>
        [...repository.pulls.values()]
          .reverse()
          .map((pull) => pullNow(repository, pull))
          .filter((pull) => pull.state === 'open' && pull.fork === undefined && pull.headBranch === branch)
          .map(({ number, head, base }) => ({
            ...{ number, headCommit: head, headRepository: repository.name },
            baseBranch: branchName(base),
            baseCommit: repository.branches.get(base) ?? '',
          })),
      ),
    tryPull: (number) =>
      about('pull request', (repository) => {
        const pull = repository.pulls.get(number);
        return pull && pullState(repository, pullNow(repository, pull));
      }),
    tryRecentPulls: () =>
      about('recent pull requests', (repository) => {
        const recent = [...repository.pulls.values()].map((pull) => pullNow(repository, pull));
        recent.sort((one, other) => other.updatedAt - one.updatedAt || other.number - one.number);
        return new Map(recent.slice(0, 100).map((pull) => [pull.number, pullState(repository, pull)]));
      }),
    tryFiles: (commits, paths) =>
      about('files', (repository) => {
        const { defaultBranch } = repository;
        const tip = defaultTipOf(edge, repository);
        const known = commits.filter((commit) => repository.objects.has(commit));
        return {
          defaultBranch: branchName(tip === undefined ? '' : defaultBranch),
          onDefaultBranch: tip === undefined ? new Map() : textsAt(tip, paths),
          at: new Map(known.map((commit) => [commit, textsAt(commit, paths)])),
        };
      }),
    tryPullFiles: askOnce(
      (number: number, limit: number) => `${number} ${limit}`,
      (number: number, limit: number) =>
        about('files of a pull request', (repository) => {
          const pull = repository.pulls.get(number);
          const base = pull && repository.branches.get(pull.base);
          if (!pull || base === undefined) return undefined;
          const from = world.database.mergeBase(base, pull.head);
          const before = from === undefined ? new Map<string, string>() : filesAt(world, from);
          const changed = changedBetween(before, filesAt(world, pull.head));
          return changed.length > limit ? undefined : changed;
        }),
    ),
    async trySaveComment(number, marker, body, begins) {
      const saved = await about('comment', ({ comments }) => {
        const all = comments.get(number) ?? [];
        const at = all.findIndex((text) => text.startsWith(marker));
        if (at >= 0) all[at] = body;
        else if (begins) all.push(body);
        comments.set(number, all);
        return true;
      });
      return saved ?? false;
    },
    tryCaches: () => about('caches', () => []),
  };
}

/** What the token sees of an organization: everything. */
export function createVirtualOrganizationApi(edge: RunEdge, organization: string): OrganizationApi {
  const { world } = edge;
  const { ask } = createQuestions(edge);
  const about = <T>(name: string, what: string, answer: (repository: Repository) => T): Promise<T> => {
    const asked: Asked = { repository: name, by: 'token', access: 'read' };
    return ask(`${what} of ${name}`, () => {
      const repository = findRepository(world, name);
      if (!repository) throw requestError(404, 'Not Found');
      return answer(repository);
    }).catch((error: unknown) => failRequest(error, asked));
  };
  const tip = (commit: string): RepositoryTip => ({
    ...tipOf(edge, commit),
    date: dateOf(world.database.commit(commit)?.time ?? 0),
  });

  return {
    viewer: 'person',
    leftOut: () => false,
    listRepositories: () =>
      ask('repositories', () =>
        [world.codex, ...world.projects.values()]
          .filter(({ name }) => name.split('/')[0]?.toLowerCase() === organization.toLowerCase())
          .map(({ name, archived, defaultBranch, visibility }) => ({
            ...{ fullName: name, name: name.split('/')[1] ?? '', archived, disabled: false, fork: false },
            ...{ defaultBranch: branchName(defaultBranch), visibility },
          }))
          .sort((one, other) => (one.fullName < other.fullName ? -1 : 1)),
      ).catch((error: unknown) =>
        failRequest(error, { repository: `the repositories of ${organization}`, by: 'token' }),
      ),
    readVisibility: (name) => about(name, 'visibility', ({ visibility }) => visibility),
    readBranch: (name, branch) =>
      about(name, 'branch', (repository) => {
        const commit = tipNow(edge, repository, branch);
        return commit === undefined ? undefined : tip(commit);
      }),
    readLatestRelease: (name) =>
      about(name, 'release', ({ releases, tags }) => {
        const timeOf = (tag: string) => world.database.commit(tags.get(tag) ?? '')?.time ?? 0;
        // The newest by the date of its commit; of two as new, the one that was released later.
        return releases.reduce<string | undefined>(
          (newest, tag) => (newest === undefined || timeOf(tag) >= timeOf(newest) ? tag : newest),
          undefined,
        );
      }),
    readTag: (name, tag) =>
      about(name, 'tag', ({ tags }) => {
        const commit = tags.get(tag);
        if (commit !== undefined) return tip(commit);
        throw new CodexSyncError(
          'not-found',
          `The latest release of ${name} is of tag "${tag}", and there is no such tag.`,
          'Push it, or make another release.',
        );
      }),
    readText: (name, blob) =>
      about(name, 'text', ({ objects }) => {
        const content = objects.has(blob) ? world.database.readBlob(blob) : undefined;
        if (!content) throw requestError(404, 'Not Found');
        return content.toString('utf8');
      }),

    // GitHub shows about half of the repositories, and of the manifests.
    async askTogether({ repositories, files, codex }) {
      return ask(`${repositories.length} repositories at once`, () => {
        const shown = repositories.flatMap(({ fullName, defaultBranch }): [string, KnownRepository][] => {
          const found = findRepository(world, fullName);
          const commit = found?.branches.get(defaultBranch);
          if (found?.name !== fullName || found.defaultBranch !== defaultBranch || !isShown(commit)) return [];
          const { archived, visibility } = found;
          const root = entriesAt(tip(commit).tree).map((entry) => ({ ...entry, id: blobId(entry.id) }));
          const known = files.flatMap((path): [string, KnownFile][] => {
            const entry = world.database.entryAt(tip(commit).tree, path);
            const text = entry && world.database.readBlob(entry.id)?.toString('utf8');
            return entry ? [[path, { mode: entry.mode, id: blobId(entry.id), text }]] : [];
          });
          return [[fullName, { tip: tip(commit), visibility, archived, disabled: false, root, files: new Map(known) }]];
        });
        return { repositories: new Map(shown), codex: codexAnswer(codex) };
      }).catch(() => NO_REPOSITORIES);
    },
  };

  function entriesAt(tree: string): FolderEntry[] {
    const entries = world.database.tree(tree) ?? [];
    return entries.map(({ mode, name, id }) => ({ mode, type: typeOfMode(mode), id, path: name }));
  }

  function isShown(id: string | undefined): id is string {
    return id !== undefined && Number.parseInt(id.slice(0, 1), 16) % 2 === 0;
  }

  function codexAnswer({ fullName, branches, folders, manifestFile }: OrganizationQuestion['codex']): CodexAnswer {
    const found = findRepository(world, fullName);
    const tips = new Map<BranchName, BranchTip>();
    const held = new Map<string, HeldFolder>();
    const texts = new Map<BlobId, string>();
    for (const branch of branches) {
      const commit = found && branchNow(edge, found, branch);
      if (commit === undefined) continue;
      const { tree } = tipOf(edge, commit);
      tips.set(branch, tipOf(edge, commit));
      for (const path of folders) {
        const folder = world.database.entryAt(tree, path);
        const place = placeOf(path, commit);
        if (!folder) held.set(place, { found: undefined });
        if (folder?.mode !== TREE) continue;
        const manifest = world.database.entryAt(folder.id, manifestFile);
        const text = manifest && world.database.readBlob(manifest.id)?.toString('utf8');
        const isFile = manifest?.mode.startsWith('100');
        held.set(place, {
          found: {
            tree: treeId(folder.id),
            files: new Map(isFile && manifest ? [[manifestFile, blobId(manifest.id)]] : []),
          },
        });
        if (isFile && text !== undefined && isShown(manifest?.id)) texts.set(blobId(manifest.id), text);
      }
    }
    return { ...NO_CODEX_ANSWER, tips, folders: held, texts };
  }
}
