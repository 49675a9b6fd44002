import { compileGlobs, isGlob } from '../documents/patterns.ts';

/** Names that were given, and those of the listed projects that a given glob matches. */
export function chooseProjects(given: readonly string[], listed: readonly string[]): string[] {
  const names = given.filter((name) => !isGlob(name));
  return [...new Set([...names, ...listed.filter(compileGlobs(given.filter(isGlob)))])].sort();
}

/** Globs that match no project: who wrote one meant something. */
export function listUnmatched(given: readonly string[], projects: readonly string[]): string[] {
  return given.filter((glob) => isGlob(glob) && !projects.some(compileGlobs([glob])));
}
