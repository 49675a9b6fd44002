import { foldedPath, foldersOf } from '../documents/paths.ts';
import { type BlobId, type BranchName, branchName } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';

/** The key of a preview in the manifest: a pull request's number, or `heads/<branch>` (design section 3.4). */
export type PreviewKey = `${number}` | `heads/${string}`;

const PULL_REQUEST = /^[1-9]\d{0,14}$/;
const BRANCH = /^heads\/(.+)$/s;

export function parsePreviewKey(text: string): PreviewKey | undefined {
  return PULL_REQUEST.test(text) || BRANCH.test(text) ? (text as PreviewKey) : undefined;
}

export function pullRequestKey(number: number): PreviewKey {
  return `${number}`;
}

/** @param branch its name, without `refs/heads/` */
export function branchKey(branch: BranchName): PreviewKey {
  return `heads/${branch}`;
}

export function pullRequestOf(key: PreviewKey): number | undefined {
  return PULL_REQUEST.test(key) ? Number(key) : undefined;
}

export function branchOf(key: PreviewKey): BranchName | undefined {
  const name = BRANCH.exec(key)?.[1];
  return name === undefined ? undefined : branchName(name);
}

/** For sentences and tables: `#12`, or the branch's name. */
export function previewLabel(key: PreviewKey): string {
  const branch = branchOf(key);
  return branch === undefined ? `#${key}` : printable(branch, 100);
}

/** For JSON, where a pull request has always been a number. */
export function previewJson(key: PreviewKey): number | string {
  return pullRequestOf(key) ?? key;
}

/** Order of previews with one date: pull requests before branches, then the higher number or later name. */
export function comparePreviewKeys(one: PreviewKey, other: PreviewKey): number {
  const [number, another] = [pullRequestOf(one), pullRequestOf(other)];
  if (number !== undefined && another !== undefined) return another - number;
  if (number !== undefined || another !== undefined) return number === undefined ? 1 : -1;
  return one === other ? 0 : one < other ? 1 : -1;
}

/** Changes of a pull request or a branch over its project's documents (design section 3.4). */
export interface Preview {
  readonly commit: string;
  /** Committer date of the head, UTC. Documents beneath a project's first previews have none: all others cover them. */
  readonly date: string | undefined;
  /** UTC time of publication, when GitHub lacked its branch or its commit. */
  readonly local?: string;
  /** Path -> blob id; `null` for a removed document. */
  readonly documents: ReadonlyMap<string, BlobId | null>;
}

export type Previews = ReadonlyMap<PreviewKey, Preview>;

/** A project in one environment: documents of its stable refs, and the previews over them. */
export interface Overlay {
  readonly documents: ReadonlyMap<string, BlobId>;
  readonly previews: Previews;
}

interface EffectiveFile {
  /** `undefined` for no file. */
  readonly id: BlobId | undefined;
  /** The deciding preview; `undefined` for none. */
  readonly preview: PreviewKey | undefined;
}

const NO_FILE: EffectiveFile = { id: undefined, preview: undefined };

export interface EffectiveTree {
  readonly paths: readonly string[];
  readonly at: (path: string) => EffectiveFile;
}

/** Previews in order of precedence: by their heads' committer dates, then by their keys. */
export function newestFirst(previews: Previews): [PreviewKey, Preview][] {
  const time = ({ date }: Preview) => Date.parse(date ?? '') || 0;
  return [...previews].sort(
    ([one, ours], [other, theirs]) => time(theirs) - time(ours) || comparePreviewKeys(one, other),
  );
}

/**
 * At each path the newest preview that names it decides, else `documents`. A preview's document covers older ones with
 * another spelling of its path, in the place of one of its folders, or below it.
 */
export function effectiveTree({ documents, previews }: Overlay): EffectiveTree {
  const own = (id: BlobId | undefined): EffectiveFile => (id === undefined ? NO_FILE : { id, preview: undefined });
  if (previews.size === 0) return { paths: [...documents.keys()], at: (path) => own(documents.get(path)) };
  const found = new Map<string, EffectiveFile>();
  /** By folded path: files, and folders that hold one -> their preview. */
  const files = new Map<string, PreviewKey | undefined>();
  const inside = new Map<string, PreviewKey | undefined>();
  const addLayer = (layer: ReadonlyMap<string, BlobId | null>, preview: PreviewKey | undefined) => {
    const covering = (path: string): EffectiveFile | undefined => {
      const folded = foldedPath(path);
      if (inside.has(folded)) return { id: undefined, preview: inside.get(folded) };
      const file = files.has(folded) ? folded : foldersOf(folded).find((folder) => files.has(folder));
      return file === undefined ? undefined : { id: undefined, preview: files.get(file) };
    };
    const overlaid = [...layer].flatMap(([path, id]): [string, EffectiveFile][] =>
      found.has(path) ? [] : [[path, (id !== null && covering(path)) || { id: id ?? undefined, preview }]],
    );
    for (const [path, effective] of overlaid) found.set(path, effective);
    for (const [path, { id }] of overlaid) {
      if (id === undefined) continue;
      const folded = foldedPath(path);
      files.set(folded, preview);
      for (const folder of foldersOf(folded)) inside.set(folder, preview);
    }
  };
  for (const [key, preview] of newestFirst(previews)) addLayer(preview.documents, key);
  addLayer(documents, undefined);
  return { paths: [...found.keys()], at: (path) => found.get(path) ?? NO_FILE };
}

/** Whether this is no real preview, but the documents beneath a project's first previews. */
export function isBeneath(key: PreviewKey, { date }: Preview): boolean {
  return date === undefined && branchOf(key) !== undefined;
}

/** Replaces a preview; `undefined` removes it. */
export function withPreview({ documents, previews }: Overlay, key: PreviewKey, preview: Preview | undefined): Overlay {
  const others = [...previews].filter(([other]) => other !== key);
  return { documents, previews: new Map(preview ? [...others, [key, preview]] : others) };
}
