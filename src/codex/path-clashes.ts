import { foldersOf } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';

/** Git cannot hold a file and a folder of one name: finds the first of `paths` that cannot stand beside the one asked for. */
export function clashFinder(paths: Iterable<string>): (path: string) => string | undefined {
  const files = new Set(paths);
  const inside = new Map<string, string>();
  for (const path of files) for (const folder of foldersOf(path)) inside.set(folder, path);
  return (path) => foldersOf(path).find((folder) => files.has(folder)) ?? inside.get(path);
}

/** What a run may not do because of what stands in the way. */
const WORDS = {
  codex: {
    cannot: 'cannot be published',
    stands: 'stands in the codex, and this run may not delete it',
    mend: 'rename the document, or remove the other one in the codex',
  },
  checkout: {
    cannot: 'cannot come back from the codex',
    stands: 'stands in the checkout, and this run may not remove it',
    mend: 'rename the document in the codex, or the other one in the project',
  },
} as const;

/**
 * A change whose file stands where a folder is, or the other way round, would silently remove what is in the way.
 * @param standing what is there, by path
 * @throws CodexSyncError `conflict` that names both
 */
export function checkFolders(
  changes: readonly { readonly path: string; readonly action: string }[],
  standing: ReadonlyMap<string, unknown>,
  where: keyof typeof WORDS = 'codex',
): void {
  const deleted = new Set(changes.filter(({ action }) => action === 'delete').map(({ path }) => path));
  const added = changes.filter(({ action }) => action === 'add');
  if (added.length === 0) return;
  const findClash = clashFinder(after());
  function* after() {
    for (const path of standing.keys()) if (!deleted.has(path)) yield path;
    for (const { path } of added) yield path;
  }
  for (const { path } of added) {
    const inTheWay = findClash(path);
    if (inTheWay === undefined) continue;
    const { cannot, stands, mend } = WORDS[where];
    throw new CodexSyncError(
      'conflict',
      `"${printable(path)}" ${cannot}: "${printable(inTheWay)}" ${stands}. A file and a folder cannot have one name: ${mend}.`,
    );
  }
}
