import { posix } from 'node:path';
import { fetchProblem, foldedPath, twinReason } from '../request/document-path.ts';
import type { Reference } from '../request/references.ts';
import { editDistance } from '../text/suggest.ts';
import type { Document } from './selection.ts';

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
    const twin = firstOfName.get(foldedPath(path)) ?? path;
    if (twin !== path) return twinReason(path, twin);
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

// Distances are taken only to so many paths, so that a mistyped reference into a huge project stays cheap.
const MOST_COMPARED = 5000;

/** The path that was probably meant: of the same name elsewhere, else the most similar one if it is similar at all. */
export function nearestPath(path: string, paths: readonly string[]): string | undefined {
  const name = posix.basename(path).toLowerCase();
  const namesakes = paths.filter((other) => posix.basename(other).toLowerCase() === name);
  const candidates = namesakes.length > 0 ? namesakes : paths.slice(0, MOST_COMPARED);
  let limit = namesakes.length > 0 ? Number.POSITIVE_INFINITY : Math.floor(path.length / 2);
  let nearest: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - path.length) > limit) continue;
    const distance = editDistance(path.toLowerCase(), candidate.toLowerCase());
    if (distance < limit || (distance === limit && nearest === undefined)) [limit, nearest] = [distance, candidate];
  }
  return nearest;
}
