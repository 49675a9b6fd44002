import { utcSeconds } from '../codex/manifest.ts';
import { branchOf, type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import type { Touched } from '../codex/preview.ts';
import type { StableRefs } from '../codex/stable-refs.ts';
import type { WhoseText } from '../codex/whose-text.ts';
import { type CheckoutSelection, type Document, leftOut } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { CommitInfo, History } from '../git/checkout.ts';
import { MAX_LISTED_FILES, type ProjectApi } from '../github/project-api.ts';
import type { PullRequest } from '../inputs/trigger.ts';
import type { BranchName } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { deepCheckout, sentence, tokenName } from '../text/spell-inputs.ts';

interface ChangeReader {
  readonly history: History;
  readonly projectApi: ProjectApi;
  readonly directory: string;
}

/** Changed paths against `base`; `paths` is `undefined` if no source can determine them. */
interface PreviewChanges {
  readonly base: string | undefined;
  readonly paths: readonly string[] | undefined;
}

async function readPullRequestChanges(
  pull: PullRequest,
  { history, projectApi, directory }: ChangeReader,
): Promise<PreviewChanges> {
  const { head } = history;
  const [firstParent] = head.parents;
  const isBaseFirstParent = isMergeOf(head, pull.headCommit) || pull.baseCommit === undefined;
  const base = isBaseFirstParent ? firstParent : await history.tryMergeBase(pull.baseCommit, head.id);
  const changed = base === undefined ? undefined : await history.tryChanged(base, head.id);
  if (changed) return { base, paths: changed };
  const files = await projectApi.tryPullFiles(pull.number, MAX_LISTED_FILES);
  return { base: base ?? pull.baseCommit, paths: files && below(directory, files) };
}

/**
 * @param known the commit that GitHub has; this job made the later commits of HEAD
 * @throws CodexSyncError `refused-by-guard` if checkout and GitHub cannot determine the changes
 */
async function readBranchChanges(
  branch: BranchName | undefined,
  known: string,
  defaultBranch: BranchName | undefined,
  { history, projectApi, directory }: ChangeReader,
): Promise<PreviewChanges> {
  const { head } = history;
  const tip = defaultBranch && (await history.tryResolve(`refs/remotes/origin/${defaultBranch}`));
  const base = tip === undefined || tip === '' ? undefined : await history.tryMergeBase(tip, head.id);
  const changed = base === undefined ? undefined : await history.tryChanged(base, head.id);
  if (changed) return { base, paths: changed };
  const since = defaultBranch === undefined ? undefined : await projectApi.tryChangesSince(defaultBranch, known);
  if (since) {
    const here = await history.tryChanged(since.mergeBase, head.id);
    if (here) return { base: since.mergeBase, paths: here };
    const made = known === head.id ? [] : await history.tryChanged(known, head.id);
    if (since.paths && made) {
      return { base: since.mergeBase, paths: [...new Set([...below(directory, since.paths), ...made])] };
    }
  }
  throw new CodexSyncError(
    'refused-by-guard',
    `Neither the checkout nor GitHub shows the changes of branch ${printable(branch ?? '')} against ${defaultBranch === undefined ? 'the default branch' : printable(defaultBranch)}, so its preview cannot be separated from the published documents.`,
    `${sentence(deepCheckout(0))}, or give ${tokenName('project-token')} the permission "contents: read".`,
  );
}

function below(directory: string, paths: readonly string[]): string[] {
  const folder = directory === '.' ? '' : `${directory}/`;
  return paths.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
}

/**
 * Returns changed paths, documents that link to a changed file, and untracked documents that differ from `published`.
 * @param changed `undefined` if unknown: then every difference from `published` counts
 */
export function touchedDocuments(
  changed: readonly string[] | undefined,
  selection: CheckoutSelection,
  published: ReadonlyMap<string, string>,
  selects: (path: string) => boolean,
): Touched {
  const { documents, untracked, linkTargets } = selection;
  const skipped = leftOut(selection);
  const touched = new Map<string, Document | undefined>();
  const differs = (path: string) => documents.get(path)?.id !== published.get(path);
  if (changed === undefined) {
    for (const path of new Set([...documents.keys(), ...published.keys()])) {
      if (differs(path) && !skipped.has(path)) touched.set(path, documents.get(path));
    }
    return touched;
  }
  const paths = new Set(changed);
  for (const path of paths) {
    if (documents.has(path)) touched.set(path, documents.get(path));
    else if (selects(path) && !skipped.has(path)) touched.set(path, undefined);
  }
  for (const [path, way] of linkTargets) {
    if (way.some((one) => paths.has(one)) && documents.has(path)) touched.set(path, documents.get(path));
  }
  for (const path of untracked) if (documents.has(path) && differs(path)) touched.set(path, documents.get(path));
  return touched;
}

/** Documents that only this job changed, in files or its own commits, when HEAD is not the preview's commit. */
export function uncommittedChanges(uncommitted: ReadonlySet<string>, selection: CheckoutSelection): Touched {
  const { documents } = selection;
  const skipped = leftOut(selection);
  const paths = [...uncommitted].filter((path) => !skipped.has(path));
  return new Map(paths.map((path) => [path, documents.get(path)]));
}

/** Whether a commit is a merge of this head, as GitHub makes one for a pull request. */
export function isMergeOf({ parents }: CommitInfo, head: string): boolean {
  return parents.length === 2 && parents[1] === head;
}

/** @param side the pull request of the run, and whether GitHub has both a branch and HEAD */
export function createPreviewReader(
  { directory, isAtTerminal }: { readonly directory: string; readonly isAtTerminal: boolean },
  session: Pick<ChangeReader, 'history' | 'projectApi'> & { readonly now: () => Date },
  {
    pull,
    stableRefs,
    isOnGitHub,
  }: {
    readonly stableRefs: StableRefs;
    readonly pull: PullRequest | undefined;
    readonly isOnGitHub: (branch: BranchName) => Promise<boolean>;
  },
): (decided: Extract<WhoseText, { kind: 'preview' }>) => Promise<PreviewFacts> {
  const reader = { ...session, directory };
  let facts: Promise<PreviewFacts> | undefined;

  function readChanges({ key, run, changes }: Extract<WhoseText, { kind: 'preview' }>): Promise<PreviewChanges> {
    if (changes === 'uncommitted') return Promise.resolve({ base: session.history.head.id, paths: undefined });
    if (pull && pullRequestOf(key) === pull.number) return readPullRequestChanges(pull, reader);
    return readBranchChanges(branchOf(key), run.commit, stableRefs.defaultBranch, reader);
  }

  async function readLocal(key: PreviewKey): Promise<string | undefined> {
    const branch = branchOf(key);
    if (branch === undefined || !isAtTerminal) return undefined;
    return (await isOnGitHub(branch)) ? undefined : utcSeconds(session.now());
  }

  async function read(decided: Extract<WhoseText, { kind: 'preview' }>): Promise<PreviewFacts> {
    const { key, run } = decided;
    const [changes, date, local] = await Promise.all([
      readChanges(decided),
      // A shallow checkout lacks the head.
      run.date === undefined ? session.projectApi.tryCommitDate(run.commit) : run.date,
      readLocal(key),
    ]);
    return { changes, date, local, pull, defaultBranch: stableRefs.defaultBranch };
  }

  return (decided) => {
    facts ??= read(decided);
    return facts;
  };
}

export interface PreviewFacts {
  readonly changes: PreviewChanges;
  /** The date of the head, which orders previews; `undefined` if unknown. */
  readonly date: string | undefined;
  /** When it was published, if GitHub lacks both its branch and its commit. */
  readonly local: string | undefined;
  readonly pull: PullRequest | undefined;
  readonly defaultBranch: BranchName | undefined;
}
