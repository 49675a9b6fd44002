import type { CodexEntry } from './changes.ts';
import { type Layers, standing } from './layers.ts';
import type { Document } from './selection.ts';

/** What a project has to release in an environment. */
export interface ReleasedDocuments {
  readonly documents: ReadonlyMap<string, Document>;
  /** Owned paths -> why what stands there is no document. */
  readonly leftAlone: ReadonlyMap<string, string>;
}

/**
 * What was published of a project in an environment (design section 4, "Promotion"): for each owned document what stands
 * on the branch, so that an edit made in the codex counts, or its id in `documents` where a preview decides, so that what
 * was never merged does not. An owned document that is gone from the branch is in neither map.
 * @param entries what stands in the project's folder
 */
export function releasedDocuments(layers: Layers, entries: ReadonlyMap<string, CodexEntry>): ReleasedDocuments {
  const documents = new Map<string, Document>();
  const leftAlone = new Map<string, string>();
  const stands = standing(layers);
  for (const [path, id] of layers.documents) {
    const entry = entries.get(path);
    // The bit of a hidden document is nowhere written down: mostly it is that of what covers it.
    if (stands.at(path).preview !== undefined) documents.set(path, { id, executable: isExecutable(entry) });
    else if (entry?.document) documents.set(path, entry.document);
    else if (entry) leftAlone.set(path, 'a link or a submodule in the codex');
  }
  return { documents, leftAlone };
}

function isExecutable(entry: CodexEntry | undefined): boolean {
  return entry?.document?.executable ?? false;
}
