import type { Change } from '../codex/changes.ts';
import { CodexSyncError } from '../errors.ts';
import { PROJECTS } from '../git/codex-folder.ts';
import { nameSome } from '../text/phrases.ts';
import { readCodexFolders } from './read-folders.ts';
import type { PublishingWorld } from './session.ts';

/** Of more documents that return, the others keep the bit of what covered them. */
const MOST_ASKED = 20;

/**
 * Documents that return when a preview ends, as a branch last had them: the manifest knows their ids alone, so the
 * executable bit is looked up in the branch's history, and the blobs are brought, since a push wants to see what it names.
 * @param tip the commit where that history ends
 */
export async function readReturning(
  returning: readonly Change[],
  tip: string,
  project: string,
  world: PublishingWorld,
): Promise<Map<string, Change>> {
  await world.store.fetch(world.codex, [...new Set(returning.map(({ document }) => document?.id ?? ''))], 'blobs');
  const found = new Map<string, Change>();
  for (const change of returning.slice(0, MOST_ASKED)) {
    for (const commit of await world.codexApi.listCommits(`${PROJECTS}/${project}/${change.path}`, tip)) {
      const folders = await readCodexFolders(commit, [project], world);
      const document = folders.get(project)?.entries.get(change.path)?.document;
      if (document?.id !== change.document?.id) continue;
      found.set(change.path, { ...change, document });
      break;
    }
  }
  return found;
}

/**
 * Brings the blobs of documents that previews of an environment cover, or that somebody edited there. Only the manifest of
 * their project names them.
 * @throws CodexSyncError `not-found` where they cannot be had, which is no reason to stop for other projects
 */
export async function bringBeneath(
  covered: readonly Change[],
  environment: string,
  world: PublishingWorld,
): Promise<void> {
  const ids = covered.flatMap(({ document }) => document?.id ?? []);
  await world.store.fetch(world.codex, ids, 'blobs').catch((error: unknown) => {
    if (!(error instanceof CodexSyncError)) throw error;
    throw new CodexSyncError(
      'not-found',
      `What was published to ${environment}, and is covered there by a preview or an edit, cannot be had (${nameSome(ids)}): ${error.message} If that does not help, publish the project's branch to ${environment} again.`,
      { cause: error },
    );
  });
}
