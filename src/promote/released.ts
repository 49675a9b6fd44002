import type { CodexEntry } from '../codex/changes.ts';
import { type Layers, standing } from '../codex/layers.ts';
import { unholdableReason } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';

/** What a project has to release in an environment. */
export interface ReleasedDocuments {
  readonly documents: ReadonlyMap<string, Document>;
  /** Owned paths -> why what is there is no document that could be released. */
  readonly leftAlone: ReadonlyMap<string, string>;
  /** Owned paths that somebody edited or removed in the codex, and that are released as they were published. */
  readonly editsLeft: ReadonlyMap<string, Edit>;
  /** The same where the edit is what is released. */
  readonly editsReleased: ReadonlyMap<string, Edit>;
}

/** What somebody did in the codex to a document that this tool published. */
export type Edit = 'edited' | 'removed';

/**
 * What was published of a project in an environment (design section 4, "Promotion"): for each owned document what stands
 * on the branch, or its id in `documents` where a preview decides, so that what was never merged is not released. Without
 * edits it is its id in `documents` also where somebody changed it there. An owned document whose removal is released is in
 * none of the first two maps.
 * @param entries what stands in the project's folder
 */
export function releasedDocuments(
  layers: Layers,
  entries: ReadonlyMap<string, CodexEntry>,
  withEdits: boolean,
): ReleasedDocuments {
  const documents = new Map<string, Document>();
  const leftAlone = new Map<string, string>();
  const edits = new Map<string, Edit>();
  const stands = standing(layers);
  for (const [path, id] of layers.documents) {
    // An earlier version published it: the next run of the project takes it away.
    const unholdable = unholdableReason(path);
    if (unholdable !== undefined) {
      leftAlone.set(path, `its path ${unholdable}`);
      continue;
    }
    const entry = entries.get(path);
    // The bit of a hidden document is nowhere written down: mostly it is that of what stands in its place.
    const published = { id, executable: entry?.document?.executable ?? false };
    const isHidden = stands.at(path).preview !== undefined;
    const edit = isHidden ? undefined : editOf(entry, id);
    if (edit !== undefined) edits.set(path, edit);
    if (isHidden || (edit !== undefined && !withEdits)) documents.set(path, published);
    else if (entry?.document) documents.set(path, entry.document);
    else if (entry) leftAlone.set(path, 'a link or a submodule in the codex');
  }
  const none: ReadonlyMap<string, Edit> = new Map();
  return {
    documents,
    leftAlone,
    ...(withEdits ? { editsLeft: none, editsReleased: edits } : { editsLeft: edits, editsReleased: none }),
  };
}

function editOf(entry: CodexEntry | undefined, id: string): Edit | undefined {
  if (entry === undefined) return 'removed';
  return entry.document === undefined || entry.document.id === id ? undefined : 'edited';
}
