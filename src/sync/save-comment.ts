import type { ProjectApi } from '../github/project-api.ts';
import { commentMarker, renderComment, uncommentedSentence } from './comment.ts';
import type { SyncProjectResult } from './report.ts';

/** Writes or updates the comment on the pull request, where it was asked for; a run does not fail for want of it. */
export async function saveComment(
  result: SyncProjectResult,
  { projectApi }: { readonly projectApi: ProjectApi },
): Promise<SyncProjectResult> {
  const { request, pull } = result;
  const body = request.comment && !request.dryRun ? renderComment(result) : undefined;
  if (!pull || body === undefined) return result;
  // A pull request that never had one is closed without a word.
  const begins = result.commit !== undefined || !pull.closed;
  if (await projectApi.trySaveComment(pull.number, commentMarker(request), body, begins)) return result;
  return { ...result, warnings: [...result.warnings, uncommentedSentence(pull.number)] };
}
