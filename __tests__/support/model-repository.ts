import type { Relation } from '../../src/codex/commit-order.ts';
import type { Line } from '../../src/codex/manifest.ts';
import { lineOfRef, parseStableRefs } from '../../src/codex/stable-refs.ts';
import type { History } from '../../src/git/checkout.ts';
import type { ProjectApi, PullState } from '../../src/github/project-api.ts';
import { type BranchName, branchName, commitId, tristate } from '../../src/text/ids.ts';

/** Path -> what stands there: a text, which is its own blob id, `>` and the target of a link, or `!` for what is never published. */
export type Tree = ReadonlyMap<string, string>;

export interface ModelCommit {
  readonly id: string;
  readonly parents: readonly ModelCommit[];
  readonly tree: Tree;
  readonly date: string;
  /** Its place among all commits; those that it contains are the bits of `contained`. */
  readonly index: number;
  readonly contained: bigint;
}

export interface ModelPull {
  readonly number: number;
  readonly branch: BranchName;
  readonly base: BranchName;
  head: ModelCommit;
  open: boolean;
  merged: ModelCommit | undefined;
}

/** `release/2` belongs to nothing: only a glob names it, and nobody protects it. */
export const REFS = parseStableRefs(branchName('main'), {
  stable: ['refs/heads/develop'],
  production: ['refs/heads/release/*', '!refs/tags/rc-*'],
});
const PROTECTED = ['refs/heads/release/1'];
const lines = new Map<string, Line | undefined>();

/** The line of a ref, as a run finds it. */
export function lineOf(ref: string): Line | undefined {
  if (!lines.has(ref)) lines.set(ref, lineOfRef(REFS, ref, PROTECTED.includes(ref)));
  return lines.get(ref);
}

/** Whether the release line, or any stable ref, has a text at a path: the check's own word for it, without the product's. */
const RELEASE = /^refs\/(?:heads\/(?:main|release\/1)|tags\/v\d+)$/;
const STABLE = /^refs\/heads\/develop$/;

export const contains = (commit: ModelCommit, ancestor: ModelCommit) =>
  ((commit.contained >> BigInt(ancestor.index)) & 1n) === 1n;

/** Paths at which two trees differ. */
export function changedPaths(from: Tree, to: Tree): string[] {
  const paths = [...to].filter(([path, file]) => from.get(path) !== file).map(([path]) => path);
  for (const path of from.keys()) if (!to.has(path)) paths.push(path);
  return paths;
}

/** The text that a path of a tree is published as. */
export function resolveFile(tree: Tree, path: string): string | undefined {
  const file = tree.get(path);
  const target = file?.startsWith('>') ? tree.get(file.slice(1)) : file;
  return target === undefined || target.startsWith('>') || target.startsWith('!') ? undefined : target;
}

/** A tree with files written into it, or removed (`undefined`), as a working tree would have it. */
export function withFiles(tree: Tree, files: Iterable<readonly [string, string | undefined]>): Tree {
  const result = new Map(tree);
  for (const [path, file] of files) {
    result.delete(path);
    if (file === undefined) continue;
    for (const other of tree.keys()) if (isBelow(other, path) || isBelow(path, other)) result.delete(other);
    result.set(path, file);
  }
  return result;
}

const isBelow = (path: string, folder: string) => path.startsWith(folder) && path[folder.length] === '/';

/** A project's repository on GitHub, and what anybody has pushed there. */
export class ModelRepository {
  readonly commits: ModelCommit[] = [];
  readonly refs = new Map<string, ModelCommit>();
  readonly pulls = new Map<number, ModelPull>();
  /** `path\0text` of everything that the release line or a stable ref ever had, or that a job made on them. */
  readonly released = new Set<string>();
  readonly stable = new Set<string>();
  private pushed = 0n;
  private noted = { release: 0n, stable: 0n };

  commit(parents: readonly ModelCommit[], tree: Tree): ModelCommit {
    const index = this.commits.length;
    let contained = 1n << BigInt(index);
    for (const parent of parents) contained |= parent.contained;
    const id = (index + 1).toString(16).padStart(40, '0');
    const commit = { id, parents, tree, date: dateOf(index), index, contained };
    this.commits.push(commit);
    return commit;
  }

  /** Moves a ref, forced or not. */
  push(ref: string, commit: ModelCommit): void {
    this.refs.set(ref, commit);
    this.pushed |= commit.contained;
    if (RELEASE.test(ref)) this.note('release', commit, this.released);
    if (RELEASE.test(ref) || STABLE.test(ref)) this.note('stable', commit, this.stable);
    for (const pull of this.pulls.values()) {
      if (pull.open && `refs/heads/${pull.branch}` === ref) pull.head = commit;
    }
  }

  private note(kind: 'release' | 'stable', { contained }: ModelCommit, texts: Set<string>): void {
    const added = contained & ~this.noted[kind];
    this.noted[kind] |= contained;
    for (const { tree, index } of this.commits) {
      if (((added >> BigInt(index)) & 1n) === 0n) continue;
      for (const path of tree.keys()) {
        const text = resolveFile(tree, path);
        if (text !== undefined) texts.add(`${path}\0${text}`);
      }
    }
  }

  isOn(kind: 'release' | 'stable', { index }: ModelCommit): boolean {
    return ((this.noted[kind] >> BigInt(index)) & 1n) === 1n;
  }

  knows({ index }: ModelCommit): boolean {
    return ((this.pushed >> BigInt(index)) & 1n) === 1n;
  }

  find(id: string): ModelCommit | undefined {
    return this.commits[Number.parseInt(id, 16) - 1];
  }

  tip(branch: string): ModelCommit | undefined {
    return this.refs.get(`refs/heads/${branch}`);
  }

  mergeBase(one: ModelCommit, other: ModelCommit): ModelCommit | undefined {
    const common = one.contained & other.contained;
    return common === 0n ? undefined : this.commits[common.toString(2).length - 1];
  }

  /** The tree of a head merged into a tip: where both changed a path, the head's. */
  merged(tip: ModelCommit, head: ModelCommit): Tree {
    const base = this.mergeBase(tip, head)?.tree ?? new Map();
    return withFiles(
      tip.tree,
      changedPaths(base, head.tree).map((path) => [path, head.tree.get(path)]),
    );
  }

  relation(commit: string, other: string): Relation | undefined {
    const [ours, theirs] = [this.find(commit), this.find(other)];
    if (!ours || !theirs || !this.knows(ours) || !this.knows(theirs)) return undefined;
    if (ours === theirs) return 'same';
    if (contains(ours, theirs)) return 'contained';
    return contains(theirs, ours) ? 'newer' : 'diverged';
  }

  /** The history that a checkout of a commit has; a shallow one tells of nothing but that commit. */
  history(head: ModelCommit, isShallow: boolean): History {
    const find = (id: string) => {
      const commit = this.find(id);
      return commit && (isShallow ? commit === head : this.knows(commit) || contains(head, commit))
        ? commit
        : undefined;
    };
    const both = <T>(one: string, other: string, tell: (one: ModelCommit, other: ModelCommit) => T) => {
      const [ours, theirs] = [find(one), find(other)];
      return Promise.resolve(ours && theirs && tell(ours, theirs));
    };
    return {
      head: { id: commitId(head.id), parents: head.parents.map(({ id }) => id), date: head.date },
      contains: async (commit, ancestor) => tristate(await both(commit, ancestor, contains)),
      tryChanged: (from, to) => both(from, to, (one, other) => changedPaths(one.tree, other.tree)),
      tryMergeBase: (one, other) => both(one, other, (ours, theirs) => this.mergeBase(ours, theirs)?.id),
      tryResolve: (ref) => {
        const branch = /^refs\/remotes\/origin\/(.+)$/.exec(ref)?.[1];
        return Promise.resolve(isShallow || branch === undefined ? undefined : this.tip(branch)?.id);
      },
      tryCommitsSince: () => Promise.reject(new Error('Read with the facts')),
    };
  }

  private pullState({ open, merged, head, base, branch }: ModelPull): PullState {
    return {
      open,
      merged: merged !== undefined,
      closedAt: '',
      headCommit: head.id,
      mergeCommit: merged?.id,
      baseBranch: base,
      headBranch: branch,
      headRepository: 'acme/widgets',
    };
  }

  /** What GitHub says; one that is silent tells nothing. */
  api(isSilent: boolean): ProjectApi {
    const tell = <T>(answer: () => T) => Promise.resolve(isSilent ? undefined : answer());
    const pullOf = (number: number) => {
      const pull = this.pulls.get(number);
      return pull && this.pullState(pull);
    };
    return {
      tryRepository: () =>
        tell(() => ({ fullName: 'acme/widgets', defaultBranch: branchName('main'), visibility: 'private' })),
      tryVisibility: () => tell(() => 'private' as const),
      tryRelation: (commit, other) => tell(() => this.relation(commit, other)),
      tryCommitDate: (id) => tell(() => this.find(id)?.date),
      hasBranch: async (branch) => tristate(await tell(() => this.tip(branch) !== undefined)),
      hasCommit: async (id) => tristate(await tell(() => this.knows(this.find(id) as ModelCommit))),
      findBranch: async (branch) => {
        const tip = this.tip(branch);
        if (isSilent || !tip) return { kind: isSilent ? 'unknown' : 'not-found' };
        return { kind: 'found', commit: tip.id, isProtected: PROTECTED.includes(`refs/heads/${branch}`) };
      },
      tryChangesSince: (branch, head) =>
        tell(() => {
          const [tip, commit] = [this.tip(branch), this.find(head)];
          const base = tip && commit && this.knows(commit) ? this.mergeBase(tip, commit) : undefined;
          return base && commit && { mergeBase: base.id, paths: changedPaths(base.tree, commit.tree) };
        }),
      tryFiles: () => Promise.resolve(undefined),
      tryOpenPulls: () => tell(() => []),
      tryPull: (number) => tell(() => pullOf(number)),
      tryRecentPulls: () =>
        tell(() => new Map([...this.pulls].map(([number, pull]) => [number, this.pullState(pull)]))),
      tryPullFiles: (number) =>
        tell(() => {
          const pull = this.pulls.get(number);
          const tip = pull && this.tip(pull.base);
          const base = pull && tip && this.mergeBase(tip, pull.head);
          return base && changedPaths(base.tree, pull.head.tree);
        }),
      trySaveComment: () => Promise.resolve(false),
      tryCaches: () => Promise.resolve(undefined),
    };
  }
}

const dates: string[] = [];

/** A minute after the commit before. */
function dateOf(index: number): string {
  dates[index] ??= new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString().replace('.000', '');
  return dates[index] ?? '';
}

/** What two names have in common that are one where neither case nor the form of letters counts. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
