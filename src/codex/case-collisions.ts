import { collisionReason, foldedPath, foldersOf } from '../documents/paths.ts';
import type { BlobId } from '../text/ids.ts';
import type { Change, CodexEntry } from './changes.ts';
import { effectiveTree, type Overlay, type Preview, type PreviewKey } from './overlay.ts';
import { clashFinder } from './path-clashes.ts';

export interface PlannedTree {
  readonly codex: ReadonlyMap<string, CodexEntry>;
  readonly changes: readonly Change[];
  /** The overlays before and after the run. */
  readonly before: Overlay;
  readonly after: Overlay;
  /** Paths that the run may not touch. */
  readonly isUnknown: (path: string) => boolean;
}

export interface CheckedTree {
  readonly changes: readonly Change[];
  readonly overlay: Overlay;
  /** Path -> why it is not published: another spelling of it stays. */
  readonly heldBack: ReadonlyMap<string, string>;
}

/**
 * Keeps one of the paths that are one file on systems which fold case or the Unicode form of letters, so that every
 * system can check the codex out. A person's file, and one that the run may not touch, stays; of this tool's files the
 * spelling of the run stays. Does nothing where people wrote both, or where a file and a folder of one name are there
 * already.
 */
export function withoutCollisions(tree: PlannedTree): CheckedTree {
  const { codex, changes, before, after } = tree;
  const changed = new Map(changes.map((change) => [change.path, change]));
  const groups = findCollisions(pathsAfter(codex, changed));
  if (groups.length === 0) return { changes, overlay: after, heldBack: new Map() };
  const effective = effectiveTree(after);
  const isPublished = (path: string) => {
    const id = codex.get(path)?.document?.id;
    return id !== undefined && isNamed(before, path, id);
  };
  const isFoundEqual = (path: string) => {
    const id = codex.get(path)?.document?.id;
    return id !== undefined && after.documents.get(path) === id && !isPublished(path);
  };
  const isOurs = (path: string) => changed.has(path) || (isPublished(path) && !tree.isUnknown(path));
  /** First paths of the run, then effective files, then by name. */
  const rank = (path: string) => (changed.has(path) ? 0 : effective.at(path).id === undefined ? 2 : 1);
  const isEdited = (path: string) => {
    const id = codex.get(path)?.document?.id;
    return !changed.has(path) && id !== undefined && isOwned(before, path) && !isNamed(before, path, id);
  };
  const heldBack = new Map<string, string>();
  const replaced = new Set<string>();
  for (const group of groups) {
    // An existing folder of documents does not give way to a file of its name: the new one is held back.
    const isMixed = new Set(group.map(foldedPath)).size > 1;
    // A document whose deletion is withheld returns with the end of what covered it.
    const returns = group.filter((path) => isMixed && changed.get(path)?.action === 'add' && tree.isUnknown(path));
    const isDisplaced = (path: string) => returns.some((other) => other !== path && collides(other, path));
    const stays = (path: string) =>
      isMixed ? returns.includes(path) || (codex.has(path) && !isDisplaced(path)) : !isOurs(path);
    const kept = group.filter(stays).sort();
    const ours = group
      .filter((path) => !stays(path))
      .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
    const [first = ''] = [...kept, ...ours];
    // A document found equal is not owned beside another one that stays: the next run would remove it.
    if (kept.length > 1) for (const path of kept) if (isFoundEqual(path)) replaced.add(path);
    // Files in one folder collide with the file that has its name, not with each other.
    const others = [...kept, ...ours].filter((path) => path !== first && collides(path, first));
    for (const path of others) {
      if (!kept.includes(path)) replaced.add(path);
      // This run renames an older run's file; a file revealed by a closed preview replaces nothing.
      if (kept.length > 0 || changed.has(path) || tree.isUnknown(first))
        heldBack.set(path, reasonOf(path, first, isEdited(first)));
    }
  }
  // A person's text stays, even where the run planned to replace it.
  const removals = [...replaced].filter(isPublished);
  const removed = removals.map(
    (path): Change => ({ path, action: 'delete', document: undefined, because: 'renamed in case' }),
  );
  const left = changes.filter(({ path }) => !replaced.has(path));
  const inOrder = [...left, ...removed].sort((one, other) => (one.path < other.path ? -1 : 1));
  return { changes: inOrder, overlay: withoutPaths(after, replaced), heldBack };
}

/** A document that a preview names, or without a key one of `documents`. */
export interface LayerDocument {
  readonly key: PreviewKey | undefined;
  readonly path: string;
}

/**
 * Documents that would be shown, and that a person's file keeps out of the codex: another spelling, or a file in
 * the place of a folder. They must not hide others, so they are dropped before a run is planned. With reasons.
 */
export function findObstructed(
  wanted: readonly LayerDocument[],
  codex: ReadonlyMap<string, CodexEntry>,
  before: Overlay,
): ReadonlyMap<LayerDocument, string> {
  if (wanted.length === 0) return new Map();
  // What no run put there, even if it has the text of a layer beneath.
  const effective = effectiveTree(before);
  const persons = new Map<string, string>();
  for (const [path, { document }] of codex)
    if (document === undefined || effective.at(path).id !== document.id) persons.set(foldedPath(path), path);
  if (persons.size === 0) return new Map();
  const findClash = clashFinder(persons.keys());
  const found = new Map<LayerDocument, string>();
  for (const one of wanted) {
    const folded = foldedPath(one.path);
    const spelling = persons.get(folded);
    // Beside its own file only another spelling is in the way.
    const other = codex.has(one.path) ? spelling : (spelling ?? persons.get(findClash(folded) ?? ''));
    if (other !== undefined && other !== one.path) found.set(one, reasonOf(one.path, other, isOwned(before, other)));
  }
  return found;
}

/** Why a path is not published; `isEdited`: this tool published the other one before a person edited it. */
function reasonOf(path: string, kept: string, isEdited: boolean): string {
  const hint = isEdited
    ? ', where it was edited: bring the edit into the project, then remove that spelling in the codex'
    : ': rename one of them';
  return `${collisionReason(path, kept, ' in the codex')}${hint}`;
}

/**
 * Of paths that are one file on systems which fold case, all but one, with reasons. One that stays comes before the others,
 * then the first by name.
 */
export function findSecondSpellings(
  paths: Iterable<string>,
  stays: (path: string) => boolean,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const group of findCollisions(paths)) {
    const [first = '', ...others] = group.sort(
      (one, other) => Number(stays(other)) - Number(stays(one)) || (one < other ? -1 : 1),
    );
    for (const path of others) if (collides(path, first)) found.set(path, reasonOf(path, first, false));
  }
  return found;
}

function* pathsAfter(codex: ReadonlyMap<string, unknown>, changed: ReadonlyMap<string, Change>): Generator<string> {
  for (const path of codex.keys()) if (changed.get(path)?.action !== 'delete') yield path;
  for (const { path, action } of changed.values()) if (action !== 'delete' && !codex.has(path)) yield path;
}

/** Groups of paths that some system takes for one file, or for a file and a folder of one name. */
function findCollisions(paths: Iterable<string>): string[][] {
  const files = new Map<string, string>();
  const groups = new Map<string, Set<string>>();
  const folders = new Set<string>();
  const all: string[] = [];
  for (const path of paths) {
    const folded = foldedPath(path);
    const otherSpelling = files.get(folded);
    if (otherSpelling === undefined) files.set(folded, path);
    else groups.set(folded, (groups.get(folded) ?? new Set([otherSpelling])).add(path));
    folders.add(path.slice(0, path.lastIndexOf('/') + 1));
    all.push(path);
  }
  const taken = new Set(
    [...folders].flatMap((folder) => foldersOf(folder).map(foldedPath)).filter((folder) => files.has(folder)),
  );
  if (taken.size > 0) {
    for (const path of all) {
      for (const folder of foldersOf(path).map(foldedPath)) {
        const file = taken.has(folder) ? files.get(folder) : undefined;
        if (file !== undefined) groups.set(folder, (groups.get(folder) ?? new Set([file])).add(path));
      }
    }
  }
  return [...groups.values()].map((group) => [...group]);
}

/** Whether a system that folds case cannot hold both: one file, or a file and a folder of one name. */
function collides(one: string, other: string): boolean {
  const [first, second] = [foldedPath(one), foldedPath(other)];
  return first === second || first.startsWith(`${second}/`) || second.startsWith(`${first}/`);
}

function isOwned({ documents, previews }: Overlay, path: string): boolean {
  return documents.has(path) || [...previews.values()].some((preview) => preview.documents.has(path));
}

/** Whether `documents` or a preview has this text there. */
function isNamed({ documents, previews }: Overlay, path: string, id: BlobId): boolean {
  return documents.get(path) === id || [...previews.values()].some((preview) => preview.documents.get(path) === id);
}

function withoutPaths({ documents, previews }: Overlay, replaced: ReadonlySet<string>): Overlay {
  if (replaced.size === 0) return { documents, previews };
  const left = [...previews].flatMap(([key, preview]): [typeof key, Preview][] => {
    const kept = [...preview.documents].filter(([path, id]) => id === null || !replaced.has(path));
    if (kept.length === preview.documents.size) return [[key, preview]];
    return kept.length === 0 ? [] : [[key, { ...preview, documents: new Map(kept) }]];
  });
  return {
    documents: new Map([...documents].filter(([path]) => !replaced.has(path))),
    previews: new Map(left),
  };
}
