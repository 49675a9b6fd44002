import { lfsWarning } from '../documents/lfs.ts';
import { listKeptInLfs } from '../git/codex-folder.ts';
import type { BranchTip } from '../github/codex-api.ts';
import type { CodexWorld } from '../publish/session.ts';
import type { Draft } from './plan.ts';

/**
 * Warns where attributes of the codex give documents to Git LFS that a run has published.
 * @param tip that was planned on, so that its root tree and its list of projects are here
 */
export async function warnOfLfs(
  project: string,
  { folder, plan }: Pick<Draft, 'folder' | 'plan'>,
  tip: BranchTip,
  { store, codex }: Pick<CodexWorld, 'store' | 'codex'>,
): Promise<string[]> {
  const paths = (plan?.changes ?? []).flatMap(({ path, document }) => (document ? [path] : []));
  // What was published is published: a warning that cannot be made is no reason to fail.
  const kept = await listKeptInLfs(store, codex, tip, { project, folder, paths }).catch(() => []);
  return kept.length > 0 ? [lfsWarning(project, kept)] : [];
}
