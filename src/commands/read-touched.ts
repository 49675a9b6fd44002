import type { Touched } from '../plan/previews.ts';
import type { CheckoutSelection, Document } from '../plan/selection.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import type { PullRequest } from '../request/trigger.ts';
import { isMergeOf } from './read-run.ts';
import type { DraftingWorld } from './world.ts';

/** GitHub lists a hundred files at a time, and a preview may ask five questions in all. */
const MOST_FILES = 200;

/** What a pull request changes against its base, as paths: `undefined` when nobody tells. */
export async function tryReadChangedPaths(
  pull: PullRequest,
  request: SyncProjectRequest,
  world: DraftingWorld,
): Promise<readonly string[] | undefined> {
  const { history, projectApi } = world;
  const { head } = history;
  const [firstParent] = head.parents;
  const isFirst = isMergeOf(head, pull.headCommit) || pull.baseCommit === undefined;
  const base = isFirst ? firstParent : await history.tryMergeBase(pull.baseCommit, head.id);
  const changed = base === undefined ? undefined : await history.tryChanged(base, head.id);
  if (changed) return changed;
  const files = await projectApi.tryPullFiles(pull.number, MOST_FILES);
  const folder = request.directory === '.' ? '' : `${request.directory}/`;
  return files?.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
}

/**
 * What a pull request does to the documents: those among the changed paths, what a changed file is published as
 * besides, and what git does not track and was not published so.
 * @param changed `undefined` when nobody tells: then all that differs from `published` counts
 * @param published `documents` of the manifest
 */
export function touchedDocuments(
  changed: readonly string[] | undefined,
  { documents, leftAlone, untracked, linkTargets }: CheckoutSelection,
  published: ReadonlyMap<string, string>,
  selects: (path: string) => boolean,
): Touched {
  const touched = new Map<string, Document | undefined>();
  const differs = (path: string) => documents.get(path)?.id !== published.get(path);
  if (changed === undefined) {
    for (const path of new Set([...documents.keys(), ...published.keys()])) {
      if (differs(path) && !leftAlone.has(path)) touched.set(path, documents.get(path));
    }
    return touched;
  }
  const paths = new Set(changed);
  for (const path of paths) {
    if (documents.has(path)) touched.set(path, documents.get(path));
    else if (selects(path) && !leftAlone.has(path)) touched.set(path, undefined);
  }
  for (const [path, target] of linkTargets) {
    if (paths.has(target) && documents.has(path)) touched.set(path, documents.get(path));
  }
  for (const path of untracked) if (documents.has(path) && differs(path)) touched.set(path, documents.get(path));
  return touched;
}
