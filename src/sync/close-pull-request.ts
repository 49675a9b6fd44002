import { branchKey, pullRequestKey } from '../codex/overlay.ts';
import { planClosed } from '../codex/plan-documents.ts';
import { checkOwner, planManifest } from '../codex/publication.ts';
import type { BranchTip } from '../github/codex-api.ts';
import { publishes } from '../inputs/definitions.ts';
import type { PullRequest } from '../inputs/trigger.ts';
import { findBranch } from '../publish/branch.ts';
import { readCodex } from '../publish/codex.ts';
import { publicationOf } from '../publish/commit.ts';
import { earlierWarnings, firstParent, publishPlan, withEarlierChanges } from '../publish/publish.ts';
import type { Session } from '../publish/session.ts';
import { openSnapshot } from '../publish/snapshot.ts';
import { theInput } from '../text/spell-inputs.ts';
import { checkCodex, placeRequest } from './check-codex.ts';
import type { ProjectPlan } from './plan.ts';
import type { SyncProjectResult } from './report.ts';
import type { SyncProjectRequest } from './request.ts';

/**
 * Closed without a merge, the preview ends and covered documents return. Merged, it stays until its base is published,
 * so that documents do not flicker. Needs no checkout.
 */
export async function closePreview(
  given: SyncProjectRequest,
  pull: PullRequest,
  session: Session,
): Promise<SyncProjectResult> {
  const opened = await readCodex(given.environment, session.codexApi, { projects: [given.project] });
  const { codex } = opened;
  const request = await placeRequest(given, opened, session);
  await checkCodex(request, codex, session);
  const found = await findBranch(request, opened, session);
  const head = { commit: pull.headCommit, date: undefined, ref: request.trigger.ref };
  const key = pullRequestKey(pull.number);
  const common = { request, codex: codex.fullName, pull, pulled: undefined };

  const planOn = async (tip: BranchTip | undefined): Promise<ProjectPlan> => {
    const { folder, manifest, warning } = await openSnapshot(tip, session).project(request.project);
    const { repository } = request.trigger;
    const source = { repository, directory: request.directory, commit: pull.headCommit };
    const isOthers = checkOwner(manifest.source, source, request.project, request.isListed);
    // The branch may have been published before the pull request was opened.
    const keys = [key, ...(pull.headBranch === undefined ? [] : [branchKey(pull.headBranch)])];
    // Pull requests of another repository have the same numbers.
    const published =
      !isOthers && publishes(request.direction) && !pull.merged ? keys.filter((one) => manifest.previews.has(one)) : [];
    const ends = published.length > 0 && !(await session.projectApi.tryPull(pull.number))?.open;
    const overlayPlan = planClosed(manifest, folder.entries, ends ? published : []);
    const unknown = folder.manifest === undefined ? unknownProject(request) : undefined;
    const next = planManifest(manifest, overlayPlan.overlay, manifest.source ?? source, undefined);
    const about = { project: request.project, folder, subject: request.subject, source };
    const own = publicationOf(about, manifest, next, overlayPlan);
    return {
      ...{ folder, run: head, preview: key, because: undefined, line: undefined },
      selection: { documents: new Map(), skipped: new Map() },
      published: manifest.source,
      plan: overlayPlan.plan,
      overlayPlan,
      publication: own && { projects: [own] },
      warnings: [warning, unknown].filter((one) => one !== undefined),
    };
  };

  const first = await planOn(found.exists ? found.tip : undefined);
  const run = { found, planned: first, needsBranch: false, planAgain: planOn };
  const { planned, earlier = [], ...closed } = await publishPlan(request, codex, session, run);
  // A missing branch has no preview to close, so nothing would be created.
  const plan = withEarlierChanges(planned.plan, earlier, closed.parent);
  const doubled = earlierWarnings(earlier, request, codex);
  return {
    ...common,
    ...planned,
    plan,
    ...closed,
    ...firstParent(earlier),
    branch: 'found',
    warnings: [...planned.warnings, ...doubled],
  };
}

/** Without a checkout, the run does not see a configuration that names the project. */
function unknownProject({ project, environment }: SyncProjectRequest): string {
  return (
    `Nothing was published to projects/${project} of ${environment.name} yet. If the configuration names another project, ` +
    `codex or environment, give ${theInput('project', 'codex-repository', 'env')}: a closed pull request is not checked out.`
  );
}
