import { foldedPath } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { folderNameProblem } from '../text/names.ts';
import { printable } from '../text/printable.ts';

/** Other projects whose folders are the same one where case does not count. */
export function caseTwins(project: string, projects: Iterable<string>): string[] {
  const folded = foldedPath(project);
  return [...projects].filter((name) => name !== project && foldedPath(name) === folded);
}

/**
 * A folder is not created where Windows and macOS could not hold it (design section 3.4); one that is there stays.
 * @param projects names of all projects of the codex
 * @throws CodexSyncError `conflict`
 */
export function checkNewFolder(project: string, projects: Iterable<string>): void {
  const problem = folderNameProblem(project);
  const [twin] = caseTwins(project, projects);
  if (problem === undefined && twin === undefined) return;
  const why =
    problem === undefined
      ? `would be beside projects/${printable(twin ?? '')}, and differs from it in case alone, so that Windows and macOS cannot hold both`
      : `cannot be created: the name ${problem}`;
  throw new CodexSyncError(
    'conflict',
    `projects/${project} ${why}. Give the project ${twin === undefined ? 'another name' : `the name ${printable(twin)}, or another one,`} with "project_name" in the configuration or the input "project".`,
  );
}

/** What a run says where two such folders are there already. */
export function twinWarning(project: string, twins: readonly string[]): string {
  const others = twins.map((twin) => `projects/${printable(twin)}`).join(', ');
  return `The codex has ${others} beside projects/${project}: they differ in case alone, so Windows and macOS cannot check it out. Retire one of them.`;
}
