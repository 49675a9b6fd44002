import { foldedPath, foldersOf } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { folderNameProblem } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { theInput } from '../text/spell-inputs.ts';

/** Git cannot hold a file and a folder of one name: finds the first of `paths` that clashes with a path. */
export function clashFinder(paths: Iterable<string>): (path: string) => string | undefined {
  const files = new Set(paths);
  const inside = new Map<string, string>();
  for (const path of files) for (const folder of foldersOf(path)) inside.set(folder, path);
  return (path) => foldersOf(path).find((folder) => files.has(folder)) ?? inside.get(path);
}

const MESSAGES = {
  codex: {
    cannot: 'cannot be published',
    present: 'is in the codex, and this run may not delete it',
    hint: 'rename the document, or remove the other one in the codex',
  },
  checkout: {
    cannot: 'cannot be pulled from the codex',
    present: 'is in the checkout, and this run may not remove it',
    hint: 'rename the document in the codex, or the other one in the project',
  },
} as const;

/** @throws CodexSyncError `conflict`: a file that replaces a folder, or the reverse, would silently remove it */
export function checkFolders(
  changes: readonly { readonly path: string; readonly action: string }[],
  existing: ReadonlyMap<string, unknown>,
  where: keyof typeof MESSAGES = 'codex',
): void {
  const deleted = new Set(changes.filter(({ action }) => action === 'delete').map(({ path }) => path));
  const added = changes.filter(({ action }) => action === 'add');
  if (added.length === 0) return;
  const findClash = clashFinder(after());
  function* after() {
    for (const path of existing.keys()) if (!deleted.has(path)) yield path;
    for (const { path } of added) yield path;
  }
  for (const { path } of added) {
    const inTheWay = findClash(path);
    if (inTheWay === undefined) continue;
    const { cannot, present, hint } = MESSAGES[where];
    throw new CodexSyncError(
      'conflict',
      `"${printable(path)}" ${cannot}: "${printable(inTheWay)}" ${present}.`,
      `A file and a folder cannot have one name: ${hint}.`,
    );
  }
}

/** Other projects whose folders are the same one without regard to case. */
export function findProjectCollisions(project: string, projects: Iterable<string>): string[] {
  const folded = foldedPath(project);
  return [...projects].filter((name) => name !== project && foldedPath(name) === folded);
}

/** @throws CodexSyncError `conflict` for a new folder that Windows or macOS could not hold (design section 3.4) */
export function checkNewFolder(project: string, projects: Iterable<string>): void {
  const problem = folderNameProblem(project);
  const [collision] = findProjectCollisions(project, projects);
  if (problem === undefined && collision === undefined) return;
  const why =
    problem === undefined
      ? `would be beside projects/${printable(collision ?? '')}, and differs from it only in case, so that Windows and macOS cannot hold both`
      : `cannot be created: the name ${problem}`;
  throw new CodexSyncError(
    'conflict',
    `projects/${project} ${why}.`,
    `Give the project ${collision === undefined ? 'another name' : `the name ${printable(collision)}, or another one,`} with "project_name" in the configuration or ${theInput('project')}.`,
  );
}

export function collisionWarning(project: string, collisions: readonly string[]): string {
  const others = collisions.map((collision) => `projects/${printable(collision)}`).join(', ');
  return `The codex has ${others} beside projects/${project}: they differ only in case, so Windows and macOS cannot check it out. Retire one of them.`;
}
