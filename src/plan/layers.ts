/** What an open pull request changes, laid over the documents of its project (design section 3.4). */
export interface Preview {
  /** Its head. */
  readonly commit: string;
  /** Committer date of the head, UTC; unknown where nobody told. */
  readonly date: string | undefined;
  /** Path -> blob id; `null` for a document that it removes. */
  readonly documents: ReadonlyMap<string, string | null>;
}

/** Pull requests by number. */
export type Previews = ReadonlyMap<number, Preview>;

/** The state of a project in one environment: what branches and tags published, and the previews upon it. */
export interface Layers {
  readonly documents: ReadonlyMap<string, string>;
  readonly previews: Previews;
}

/** What stands on the branch at a path, and whose it is. */
export interface Standing {
  /** `undefined` when nothing stands there. */
  readonly id: string | undefined;
  /** Number of the preview that decides; `undefined` where none names the path. */
  readonly preview: number | undefined;
}

/** Previews in the order in which they decide: by their heads' committer dates, then by number. */
export function newestFirst(previews: Previews): [number, Preview][] {
  const time = ({ date }: Preview) => Date.parse(date ?? '') || 0;
  return [...previews].sort(([one, mine], [other, theirs]) => time(theirs) - time(mine) || other - one);
}

/** What stands at one path: the newest preview that names it decides, else `documents`. */
export function standingAt({ documents, previews }: Layers, path: string): Standing {
  for (const [number, preview] of newestFirst(previews)) {
    const id = preview.documents.get(path);
    if (id !== undefined) return { id: id ?? undefined, preview: number };
  }
  return { id: documents.get(path), preview: undefined };
}

/** The same for every path that a layer names. */
export function standing(layers: Layers): Map<string, Standing> {
  const result = new Map<string, Standing>();
  for (const [path, id] of layers.documents) result.set(path, { id, preview: undefined });
  for (const [number, preview] of newestFirst(layers.previews).reverse()) {
    for (const [path, id] of preview.documents) result.set(path, { id: id ?? undefined, preview: number });
  }
  return result;
}

/** The layers with a preview in place of what it was; `undefined` takes it away. */
export function withPreview({ documents, previews }: Layers, number: number, preview: Preview | undefined): Layers {
  const others = [...previews].filter(([other]) => other !== number);
  return { documents, previews: new Map(preview ? [...others, [number, preview]] : others) };
}
