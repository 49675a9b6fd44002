import { foldedPath, foldersOf } from '../documents/paths.ts';
import { printable } from '../text/printable.ts';

/** What a preview belongs to, as the manifest names it: a pull request's number, or `heads/<branch>` (design section 3.4). */
export type PreviewKey = `${number}` | `heads/${string}`;

const PULL_REQUEST = /^[1-9]\d{0,14}$/;
const BRANCH = /^heads\/(.+)$/s;

/** @returns `undefined` where the text is no key of a preview */
export function parsePreviewKey(text: string): PreviewKey | undefined {
  return PULL_REQUEST.test(text) || BRANCH.test(text) ? (text as PreviewKey) : undefined;
}

export function pullRequestKey(number: number): PreviewKey {
  return `${number}`;
}

/** @param branch its name, without `refs/heads/` */
export function branchKey(branch: string): PreviewKey {
  return `heads/${branch}`;
}

/** The pull request that a key names. */
export function pullRequestOf(key: PreviewKey): number | undefined {
  return PULL_REQUEST.test(key) ? Number(key) : undefined;
}

/** The branch that a key names. */
export function branchOf(key: PreviewKey): string | undefined {
  return BRANCH.exec(key)?.[1];
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

/** Which of two previews of one date decides: pull requests before branches, then the higher number or the later name. */
export function comparePreviewKeys(one: PreviewKey, other: PreviewKey): number {
  const [number, another] = [pullRequestOf(one), pullRequestOf(other)];
  if (number !== undefined && another !== undefined) return another - number;
  if (number !== undefined || another !== undefined) return number === undefined ? 1 : -1;
  return one === other ? 0 : one < other ? 1 : -1;
}

/** What a pull request or a branch changes, laid over the documents of its project (design section 3.4). */
export interface Preview {
  /** Its head. */
  readonly commit: string;
  /**
   * Committer date of the head, UTC; unknown where nobody told. The documents beneath the first previews of a project have
   * none, so that they are covered by everything else.
   */
  readonly date: string | undefined;
  /** When it was published, UTC, where GitHub did not have its branch or its commit then. */
  readonly local?: string;
  /** Path -> blob id; `null` for a document that it removes. */
  readonly documents: ReadonlyMap<string, string | null>;
}

export type Previews = ReadonlyMap<PreviewKey, Preview>;

/** The state of a project in one environment: what its stable refs published, and the previews upon it. */
export interface Overlay {
  readonly documents: ReadonlyMap<string, string>;
  readonly previews: Previews;
}

/** What stands on the branch at a path, and whose it is. */
export interface EffectiveFile {
  /** `undefined` when nothing stands there. */
  readonly id: string | undefined;
  /** The preview that decides; `undefined` where none does. */
  readonly preview: PreviewKey | undefined;
}

const NO_FILE: EffectiveFile = { id: undefined, preview: undefined };

/** What stands at every path that a layer names. */
export interface EffectiveTree {
  readonly paths: readonly string[];
  readonly at: (path: string) => EffectiveFile;
}

/** Previews in the order in which they decide: by their heads' committer dates, then by their keys. */
export function newestFirst(previews: Previews): [PreviewKey, Preview][] {
  const time = ({ date }: Preview) => Date.parse(date ?? '') || 0;
  return [...previews].sort(
    ([one, ours], [other, theirs]) => time(theirs) - time(ours) || comparePreviewKeys(one, other),
  );
}

/**
 * What stands on the branch: at each path the newest preview that names it decides, else `documents`. A preview's
 * document also covers what an older layer has in another spelling of its path, in the place of one of its folders, or below it.
 */
export function effectiveTree({ documents, previews }: Overlay): EffectiveTree {
  const own = (id: string | undefined): EffectiveFile => (id === undefined ? NO_FILE : { id, preview: undefined });
  if (previews.size === 0) return { paths: [...documents.keys()], at: (path) => own(documents.get(path)) };
  const found = new Map<string, EffectiveFile>();
  /** By folded path: the files that are there, and the folders that hold one -> the layer. */
  const files = new Map<string, PreviewKey | undefined>();
  const inside = new Map<string, PreviewKey | undefined>();
  const addLayer = (layer: ReadonlyMap<string, string | null>, preview: PreviewKey | undefined) => {
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

/** Whether a preview is none of its own, but what a project without `documents` shows beneath the first ones. */
export function isBeneath(key: PreviewKey, { date }: Preview): boolean {
  return date === undefined && branchOf(key) !== undefined;
}

/** The layers with a preview in place of what it was; `undefined` takes it away. */
export function withPreview({ documents, previews }: Overlay, key: PreviewKey, preview: Preview | undefined): Overlay {
  const others = [...previews].filter(([other]) => other !== key);
  return { documents, previews: new Map(preview ? [...others, [key, preview]] : others) };
}
