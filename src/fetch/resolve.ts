import { collisionReason, fetchProblem, foldedPath } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import type { Reference } from '../inputs/references.ts';

export interface ResolvedDocument extends Document {
  /** The first reference that named it. */
  readonly reference: Reference;
}

export interface Resolution {
  readonly documents: ReadonlyMap<string, ResolvedDocument>;
  readonly missing: readonly Reference[];
  /** Matched paths -> why they cannot be fetched. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** The entry at a path; `undefined` if it is a link or a submodule. */
export type Listed = Document | undefined;

export interface ResolutionRules {
  /** Windows allows fewer file names. */
  readonly onWindows: boolean;
}

/** An existing path is that document, even if it is a glob (`[id].md`). Of case collisions only the first counts. */
export function resolveReferences(
  references: readonly Reference[],
  listed: ReadonlyMap<string, Listed>,
  { onWindows }: ResolutionRules,
): Resolution {
  const documents = new Map<string, ResolvedDocument>();
  const missing: Reference[] = [];
  const leftOut = new Map<string, string>();
  const firstOfName = new Map<string, string>();
  const problemOf = (path: string): string | undefined => {
    const otherSpelling = firstOfName.get(foldedPath(path)) ?? path;
    if (otherSpelling !== path) return collisionReason(path, otherSpelling);
    return fetchProblem(path, onWindows);
  };
  for (const reference of references) {
    let found = false;
    const matched = listed.has(reference.path) ? [reference.path] : reference.glob ? matching(reference, listed) : [];
    for (const path of matched) {
      const document = listed.get(path);
      const problem = document ? problemOf(path) : 'is a link or a submodule';
      if (problem) leftOut.set(path, problem);
      if (problem || !document) continue;
      found = true;
      firstOfName.set(foldedPath(path), path);
      if (!documents.has(path)) documents.set(path, { ...document, reference });
    }
    if (!found) missing.push(reference);
  }
  return { documents, missing, leftOut };
}

function matching(reference: Reference, listed: ReadonlyMap<string, unknown>): string[] {
  return [...listed.keys()].filter(reference.matches).sort();
}
