import { effectiveTree, previewLabel, pullRequestKey } from '../codex/overlay.ts';
import type { ProjectApi } from '../github/project-api.ts';
import type { Row } from '../report/model.ts';
import { markdownText, renderSection, renderWarnings } from '../report/summary.ts';
import { documentUrl } from '../report/write-result.ts';
import { tokenName } from '../text/spell-inputs.ts';
import { reportSync, type SyncProjectResult } from './report.ts';
import type { SyncProjectRequest } from './request.ts';

/** An invisible mark that identifies the only comment of a project and environment. */
function commentMarker({ project, environment }: SyncProjectRequest): string {
  return `<!-- codex-sync ${project} ${environment.name} -->`;
}

/**
 * The comment on a pull request: the documents of its preview with links at this commit, documents that another preview
 * hides, and withheld deletions.
 * @returns `undefined` if there is no preview and there was none before
 */
function renderComment(result: SyncProjectResult): string | undefined {
  const { request, overlayPlan, commit, parent, pull } = result;
  const at = commit ?? parent;
  if (!pull || !overlayPlan || !at) return undefined;
  const documents = overlayPlan.overlay.previews.get(pullRequestKey(pull.number))?.documents;
  // Another run may have removed the preview already.
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

/** GitHub accepts comments of 65,536 characters. */
const MAX_BYTES = 40_000;
const MAX_WARNINGS = 5;

function uncommentedSentence(number: number): string {
  return `The comment on pull request #${number} could not be written: give ${tokenName('project-token')} the permission "pull-requests: write".`;
}

/** Writes or updates the comment on the pull request if requested. A run does not fail without the comment. */
export async function saveComment(
  result: SyncProjectResult,
  { projectApi }: { readonly projectApi: ProjectApi },
): Promise<SyncProjectResult> {
  const { request, pull } = result;
  const body = request.comment && !request.dryRun ? renderComment(result) : undefined;
  if (!pull || body === undefined) return result;
  // A closed pull request that never had a preview gets no comment.
  const begins = result.commit !== undefined || !pull.closed;
  if (await projectApi.trySaveComment(pull.number, commentMarker(request), body, begins)) return result;
  return { ...result, warnings: [...result.warnings, uncommentedSentence(pull.number)] };
}
