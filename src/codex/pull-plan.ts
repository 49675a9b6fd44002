import { neverPublished } from '../documents/never-published.ts';
import { collisionReason, foldedPath, foldersOf, unholdableReason } from '../documents/paths.ts';
import type { Document, Selection } from '../documents/select.ts';
import type { DeletionThreshold } from '../inputs/request.ts';
import type { BlobId } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { deletionsToWithhold } from './deletion-guard.ts';
import { checkFolders, clashFinder } from './path-clashes.ts';
import { type Action, actionOf } from './three-way.ts';

export interface CheckoutState {
  /** Paths that differ from HEAD in index or working tree, so their text may be in no commit; no ignored files. */
  readonly uncommitted: ReadonlySet<string>;
  /** Submodules, and other repositories in the working tree. */
  readonly foreign: ReadonlySet<string>;
  /** All tracked or found paths, selected or not. */
  readonly known: readonly string[];
}

export const ALL_COMMITTED: CheckoutState = { uncommitted: new Set(), foreign: new Set(), known: [] };

export interface Pull {
  readonly path: string;
  readonly action: Action;
  /** `undefined` for a removal. */
  readonly document: Document | undefined;
  /** The reason, unless it is simply a change in the codex. */
  readonly because?: 'moved' | 'conflict';
  /** Blob id of the checkout's text that it replaces or removes. */
  readonly replaces?: BlobId;
}

export interface PullPlan {
  readonly pulls: readonly Pull[];
  /** Path -> why it waits: the checkout has an uncommitted file there. */
  readonly refused: ReadonlyMap<string, string>;
  /** Path -> why it is never pulled. */
  readonly unpulled: ReadonlyMap<string, string>;
}

export const NO_PULLS: PullPlan = { pulls: [], refused: new Map(), unpulled: new Map() };

export interface Pulled extends Pick<PullPlan, 'pulls' | 'refused'> {
  /** The current commit, which has every replaced text. */
  readonly commit: string;
}

/** Extensions of documents that may be pulled, in any case. */
const EXTENSIONS: readonly string[] = 'md mdx markdown txt rst adoc html png jpg jpeg gif svg webp pdf csv'.split(' ');

export const IN_NO_COMMIT = 'changed in the checkout and in no commit: commit it first';

interface PullQuestion {
  readonly selection: Selection;
  readonly checkout: CheckoutState;
  readonly selects: (path: string) => boolean;
}

/**
 * Why a document is not pulled (design section 4, "Pulling"); else `undefined`. An edit in the codex may become only a
 * document in the project: no program, no setting, no file outside.
 * @param ours the project's document
 * @param theirs the codex's document; `undefined` when it was removed
 */
export function pullProblem(
  path: string,
  ours: Document | undefined,
  theirs: Document | undefined,
  { selection, checkout, selects }: PullQuestion,
): string | undefined {
  const extension = /[^/]\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const folders = foldersOf(path);
  const unholdable = unholdableReason(path);
  if (unholdable !== undefined) return `its path ${unholdable}`;
  if (!selects(path)) return 'the patterns do not select it';
  if (!EXTENSIONS.includes(extension)) return 'files of this type are not pulled';
  if (folders.some((folder) => folder.split('/').at(-1)?.startsWith('.'))) return 'below a dot folder';
  if (ours?.executable || theirs?.executable) return 'executable';
  const taken = folders.find((folder) => selection.skipped.has(folder) || checkout.foreign.has(folder));
  return taken === undefined ? neverPublished(path) : `below ${taken}, which is not a folder of the project`;
}

export function pullOf(
  path: string,
  ours: Document | undefined,
  theirs: Document | undefined,
  because: Pull['because'],
): Pull {
  return {
    path,
    action: actionOf(theirs, ours),
    document: theirs,
    ...(because && { because }),
    ...(ours && { replaces: ours.id }),
  };
}

function textsAfter(pulls: readonly Pull[], { documents }: Pick<Selection, 'documents'>): Set<BlobId | undefined> {
  const paths = new Set(pulls.map(({ path }) => path));
  const staying = [...documents].filter(([path]) => !paths.has(path)).map(([, { id }]) => id);
  return new Set([...staying, ...pulls.map(({ document }) => document?.id)]);
}

/**
 * The last check of pulls: it separates moves from removals, guards the checkout's documents against deletion like the
 * codex's, and touches no uncommitted text. `owned` is the number of owned documents.
 * @throws CodexSyncError `conflict` when a file would replace a folder of the project, or the reverse
 */
export function planPulls(
  wanted: readonly Pull[],
  question: Omit<PullQuestion, 'selects'> & { readonly threshold: DeletionThreshold },
  owned: number,
): PullPlan & { readonly withheld: readonly string[] } {
  if (wanted.length === 0) return { ...NO_PULLS, withheld: [] };
  const { selection, checkout, threshold } = question;
  const texts = textsAfter(wanted, selection);
  const named = wanted.map((pull): Pull => {
    const moved = pull.action === 'delete' && texts.has(pull.replaces);
    return moved ? { ...pull, because: 'moved' } : pull;
  });
  const withheld = deletionsToWithhold(named, owned, threshold);
  const allowed = named.filter(({ path }) => !withheld.has(path));
  const refused = new Map(
    allowed.flatMap(({ path }) => (checkout.uncommitted.has(path) ? [[path, IN_NO_COMMIT] as const] : [])),
  );
  const free = allowed.filter(({ path }) => !refused.has(path));

  const removed = new Set(free.filter(({ action }) => action === 'delete').map(({ path }) => path));
  const existing = new Map<string, unknown>(
    [...selection.skipped, ...selection.documents].filter(([path]) => !removed.has(path)),
  );
  // Unselected files count; of two spellings the document's own counts.
  const known = checkout.known.filter((path) => !removed.has(path));
  const spelled = new Map([...known, ...existing.keys()].map((path) => [foldedPath(path), path]));
  const unpulled = new Map<string, string>();
  const pulls = free.filter(({ path, action }) => {
    const otherSpelling = action === 'delete' ? path : (spelled.get(foldedPath(path)) ?? path);
    if (action !== 'delete') spelled.set(foldedPath(path), otherSpelling);
    if (otherSpelling !== path) unpulled.set(path, collisionReason(path, otherSpelling));
    return otherSpelling === path;
  });
  checkFolders(pulls, existing, 'checkout');
  return { pulls, refused, unpulled, withheld: [...withheld] };
}

/**
 * Refuses everything that depends on refused pulls: a moved document stays until its text is elsewhere, and nothing
 * replaces a file or a folder that stays. `refused` maps path -> reason; so does the result.
 */
export function withDependents(
  pulls: readonly Pull[],
  refused: ReadonlyMap<string, string>,
  selection: Pick<Selection, 'documents'>,
): Map<string, string> {
  const all = new Map(refused);
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    const going = pulls.filter(({ path }) => !all.has(path));
    const texts = textsAfter(going, selection);
    const kept = pulls.filter(({ path, action }) => action === 'delete' && all.has(path)).map(({ path }) => path);
    const findClash = clashFinder(kept);
    for (const { path, action, because, replaces } of going) {
      const inTheWay = action === 'add' ? findClash(path) : undefined;
      if (inTheWay !== undefined) all.set(path, `${printable(inTheWay)} is in its way, and stays`);
      else if (because === 'moved' && !texts.has(replaces))
        all.set(path, 'moved in the codex, and not yet pulled to its new path');
    }
  }
  return all;
}

/** First removals and all writes into the places that they free; then moves, which wait until the first turn is written. */
export function inTurns(pulls: readonly Pull[]): [first: Pull[], then: Pull[]] {
  const findClash = clashFinder(pulls.filter(({ action }) => action === 'add').map(({ path }) => path));
  const waits = ({ path, because }: Pull) => because === 'moved' && findClash(path) === undefined;
  const now = pulls.filter((pull) => !waits(pull));
  const [removals, written] = [now.filter(({ document }) => !document), now.filter(({ document }) => document)];
  return [[...removals, ...written], pulls.filter(waits)];
}
