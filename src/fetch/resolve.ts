import { collisionReason, fetchProblem, foldedPath } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import type { Reference } from '../inputs/references.ts';

/** A document that a reference resolved to. */
export interface ResolvedDocument extends Document {
  /** The first reference that named it. */
  readonly reference: Reference;
}

/** What the references of one project come to. */
export interface Resolution {
  /** Path in the project's folder -> document. */
  readonly documents: ReadonlyMap<string, ResolvedDocument>;
  /** References to nothing. */
  readonly missing: readonly Reference[];
  /** What references matched besides -> why it is no document that can be fetched. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** What lies at a path; `undefined` for what is no document: a link, a submodule. */
export type Listed = Document | undefined;

/** How names are read and written where the documents go. */
export interface ResolutionRules {
  /** Whether the documents are written on Windows, which knows fewer names. */
  readonly onWindows: boolean;
}

/**
 * Resolves references against what a codex or a copy of it holds. A path that exists is that document, even where it
 * could be read as a glob (`[id].md`). Of two paths that are one on some systems only the first is a document.
 */
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
