import { effectiveTree, previewLabel, pullRequestKey } from '../codex/overlay.ts';
import type { ProjectApi } from '../github/project-api.ts';
import type { Row } from '../report/model.ts';
import { markdownText, renderSection, renderWarnings } from '../report/summary.ts';
import { documentUrl } from '../report/write-result.ts';
import { reportSync, type SyncProjectResult } from './report.ts';
import type { SyncProjectRequest } from './request.ts';

/** By this the one comment of a project and environment is found again; nobody sees it. */
function commentMarker({ project, environment }: SyncProjectRequest): string {
  return `<!-- codex-sync ${project} ${environment.name} -->`;
}

/**
 * The comment on a pull request: what its preview publishes, with links to the documents at this commit, what waits
 * beneath another one, what was withheld.
 * @returns `undefined` when there is nothing to say: no preview, and none before
 */
function renderComment(result: SyncProjectResult): string | undefined {
  const { request, overlayPlan, commit, parent, pull } = result;
  const at = commit ?? parent;
  if (!pull || !overlayPlan || !at) return undefined;
  const documents = overlayPlan.overlay.previews.get(pullRequestKey(pull.number))?.documents;
  // Another run may have taken the preview away before.
  if (!documents && !commit && !pull.closed) return undefined;
  const effective = effectiveTree(overlayPlan.overlay);
  const { conclusion = '', warnings } = reportSync(result);
  const rows = [...(documents ?? [])].sort().map(([path, id]): Row => {
    const hiding = effective.at(path).preview;
    if (hiding !== undefined && hiding !== pullRequestKey(pull.number))
      return { cells: [[{ own: '⏳' }, ` hidden by ${previewLabel(hiding)}`], { code: path }] };
    if (id === null) return { cells: [{ own: '🔴 removed' }, { code: path }] };
    return { cells: [{ own: '🟢 published' }, { text: path, url: documentUrl(result, at, request.project, path) }] };
  });
  const parts = [
    `### 📚 Documents in ${markdownText(request.environment.name)}: ${markdownText(request.project)}`,
    markdownText(conclusion),
    ...renderSection({ title: 'Documents of this pull request', columns: ['', 'Document'], rows, limit: MAX_BYTES }),
    ...renderWarnings(warnings.slice(0, MAX_WARNINGS)),
  ];
  return `${commentMarker(request)}\n${parts.join('\n\n')}\n`;
}

/** GitHub takes comments of 65,536 characters. */
const MAX_BYTES = 40_000;
const MAX_WARNINGS = 5;

/** What a run says where GitHub does not take the comment. */
function uncommentedSentence(number: number): string {
  return `The comment on pull request #${number} could not be written: give "project-token" the permission "pull-requests: write".`;
}

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
