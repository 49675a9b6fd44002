import { branchKey, type PreviewKey } from '../../src/codex/overlay.ts';
import type { HeadFacts, NamedCommit, PullRequestFacts, TextFacts } from '../../src/codex/whose-text.ts';
import type { PullRequest } from '../../src/inputs/trigger.ts';
import type { BranchName } from '../../src/text/ids.ts';
import { branchOfRef } from '../../src/text/names.ts';
import type { ModelSelection, WorkingTree } from './model-checkout.ts';
import { changedPaths, contains, lineOf, type ModelCommit, type ModelRepository } from './model-repository.ts';

/** What started a run, and what is checked out there. */
export interface RunContext {
  readonly event: string | 'terminal';
  readonly head: ModelCommit;
  readonly working: WorkingTree;
  /** What of the working tree git ignores. */
  readonly ignored: ReadonlySet<string>;
  /** GITHUB_SHA and GITHUB_REF; at a terminal the branch. */
  readonly named: { readonly commit: ModelCommit; readonly ref: string };
  readonly subject:
    | { readonly kind: 'ref' | 'unknown' }
    | { readonly kind: 'commit'; readonly commit: ModelCommit; readonly preview: PreviewKey | undefined }
    | { readonly kind: 'pull request'; readonly number: number; readonly pull: PullRequest | undefined };
}

type Kind = 'released' | 'stable';

/**
 * Reads the facts of a run from the model, as `readText` does from checkout and GitHub.
 * @returns besides them what rule 5 says, by the truth of the model and not by the facts: what the working tree's texts may
 * become
 */
export function readFacts(
  context: RunContext,
  selection: ModelSelection,
  repository: ModelRepository,
  isSilent: boolean,
): { readonly facts: TextFacts; readonly allowed: readonly Kind[] } {
  const { subject } = context;
  if (subject.kind === 'pull request')
    return { facts: pullRequestFacts(context, subject, selection, repository), allowed: [] };
  return {
    facts: headFacts(context, selection, repository, isSilent),
    allowed: context.event === 'terminal' ? [] : allowedKinds(context, repository),
  };
}

function pullRequestFacts(
  { event, head, named }: RunContext,
  { pull, number }: { readonly pull: PullRequest | undefined; readonly number: number },
  { uncommittedDocuments: uncommitted }: ModelSelection,
  repository: ModelRepository,
): PullRequestFacts {
  const about = { kind: 'pull request', event, head: head.id, uncommitted } as const;
  const own = { commit: head.id, date: head.date, ref: named.ref };
  if (pull === undefined) return { ...about, pullRequest: 'none', isItsHead: false, run: own };
  const { headCommit } = pull;
  const theirs = repository.find(headCommit);
  const isItsHead = theirs !== undefined && (head === theirs || contains(head, theirs));
  const run = { commit: headCommit, date: theirs?.date, ref: `refs/pull/${number}/merge` };
  return { ...about, pullRequest: pull, isItsHead, run };
}

function headFacts(
  { event, head, named, subject }: RunContext,
  { uncommittedDocuments, documents, linkTargets }: ModelSelection,
  repository: ModelRepository,
  isSilent: boolean,
): HeadFacts {
  const branch = branchOfRef(named.ref);
  const common = { kind: 'head', head: head.id, branch, others: [] } as const;
  const own = { commit: head.id, date: head.date };
  const find = (commit: ModelCommit) => (isSilent ? 'unknown' : findRef(commit, repository));
  if (event === 'terminal') {
    const found = find(head);
    const stable = typeof found === 'object' ? found : undefined;
    const { ref, line } = stable ?? { ref: named.ref, line: undefined };
    const isUnknown = found === 'unknown';
    return {
      ...common,
      atTerminal: true,
      named: { commit: head.id, ref, line },
      position: isUnknown ? 'elsewhere' : 'same',
      found: isUnknown ? 'unknown' : 'not asked',
      uncommitted: uncommittedDocuments,
      run: { ...own, ref },
    };
  }
  const line = lineOf(named.ref);
  const position = positionOf(head, named.commit, repository, isSilent);
  const asks = position === 'elsewhere' || (line === undefined && (position === 'earlier' || event === 'workflow_run'));
  const made = new Set(position === 'made here' ? changedPaths(named.commit.tree, head.tree) : []);
  const links = [...linkTargets].filter(([, way]) => way.some((one) => made.has(one))).map(([path]) => path);
  const uncommitted = new Set([...uncommittedDocuments, ...[...made, ...links].filter((path) => documents.has(path))]);
  const run =
    position === 'made here'
      ? { commit: named.commit.id, date: named.commit.date, ref: named.ref }
      : { ...own, ref: named.ref };
  return {
    ...common,
    event,
    atTerminal: false,
    named: { commit: named.commit.id, ref: named.ref, line },
    position,
    found: asks ? find(head) : 'not asked',
    others: uncommitted.size === 0 ? [] : othersOf(),
    uncommitted,
    run,
  };

  function othersOf(): readonly NamedCommit[] | 'unknown' {
    if (subject.kind === 'unknown') return 'unknown';
    const others = new Map<ModelCommit, PreviewKey | undefined>();
    if (line === undefined || (line === 'stable' && position === 'elsewhere'))
      others.set(named.commit, branch === undefined ? undefined : branchKey(branch));
    if (subject.kind === 'commit' && (subject.commit !== named.commit || line === undefined)) {
      others.set(subject.commit, subject.preview);
    }
    others.delete(head);
    return [...others].map(([commit, preview]): NamedCommit => {
      const found = isSilent ? 'unknown' : lineOfCommit(commit, repository);
      const ours = commit === named.commit && found !== 'release' ? (line ?? found) : found;
      return { commit: commit.id, line: ours, preview };
    });
  }
}

/** The stable ref that has a commit, by the refs as they are now. */
function findRef(commit: ModelCommit, { refs }: ModelRepository): HeadFacts['found'] {
  for (const [ref, tip] of refs) {
    const line = ref.startsWith('refs/heads/') ? contains(tip, commit) && lineOf(ref) : tip === commit && lineOf(ref);
    if (line) return { ref, line };
  }
  return 'none';
}

function lineOfCommit(commit: ModelCommit, { refs }: ModelRepository): NamedCommit['line'] {
  const lines = [...refs].map(([ref, tip]) =>
    (ref.startsWith('refs/heads/') ? contains(tip, commit) : tip === commit) ? lineOf(ref) : undefined,
  );
  return lines.find((line) => line === 'release') ?? lines.find((line) => line !== undefined) ?? 'none';
}

function positionOf(
  head: ModelCommit,
  named: ModelCommit,
  repository: ModelRepository,
  isSilent: boolean,
): HeadFacts['position'] {
  if (head === named) return 'same';
  if (contains(named, head)) return 'earlier';
  return !isSilent && madeHere(head, named, repository) ? 'made here' : 'elsewhere';
}

/** Whether a job made HEAD on top of a commit, and GitHub knows nothing of it. */
function madeHere(head: ModelCommit, named: ModelCommit, repository: ModelRepository): boolean {
  for (
    let commit: ModelCommit | undefined = head;
    commit !== undefined && commit !== named;
    [commit] = commit.parents
  ) {
    if (commit.parents.length !== 1 || repository.knows(commit)) return false;
  }
  return contains(head, named);
}

/** What the texts of a job's working tree may become: every commit that the run names is on the line (rule 5). */
function allowedKinds({ head, named, subject }: RunContext, repository: ModelRepository): readonly Kind[] {
  if (subject.kind === 'unknown') return [];
  const checkedOut = repository.knows(head) || !madeHere(head, named.commit, repository) ? head : named.commit;
  const others = [named.commit, ...(subject.kind === 'commit' ? [subject.commit] : [])];
  if (![checkedOut, ...others].every((commit) => repository.isOn('stable', commit))) return [];
  return repository.isOn('release', checkedOut) ? ['released', 'stable'] : ['stable'];
}

/** What the payload of a pull request's event says. */
export function pullRequestOf(
  { number, branch, base }: { readonly number: number; readonly branch: BranchName; readonly base: BranchName },
  head: ModelCommit,
  baseTip: ModelCommit,
): PullRequest {
  return {
    number,
    headCommit: head.id,
    headRepository: 'acme/widgets',
    headBranch: branch,
    baseBranch: base,
    baseCommit: baseTip.id,
    closed: false,
    merged: false,
  };
}
