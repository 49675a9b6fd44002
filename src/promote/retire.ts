import type { Change, ChangePlan, CodexEntry } from '../codex/changes.ts';
import { isOverThreshold } from '../codex/deletion-guard.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
import { effectiveTree, type PreviewKey, previewLabel } from '../codex/overlay.ts';
import { planClosed } from '../codex/plan-documents.ts';
import { planManifest } from '../codex/publication.ts';
import { NO_PULLS } from '../codex/pull-plan.ts';
import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import { findBranch } from '../publish/branch.ts';
import { checkWritable, readCodex, recordBranch } from '../publish/codex.ts';
import { type Publication, publicationOf } from '../publish/commit.ts';
import { earlierWarnings, firstParent, publishPlan } from '../publish/publish.ts';
import type { Session } from '../publish/session.ts';
import { openSnapshot, type ProjectSnapshot } from '../publish/snapshot.ts';
import { nameSome, printable } from '../text/phrases.ts';
import { inputValue, oneOfInputs } from '../text/spell-inputs.ts';
import { withEarlier } from './earlier.ts';
import { outcome, type ReleasedProject, type ReleaseResult } from './report.ts';
import { type RetireRequest, subjectOf } from './request.ts';

interface PlannedRetirement {
  readonly projects: readonly ReleasedProject[];
  readonly publication: Publication | undefined;
}

/** @throws CodexSyncError when a guard or the remote refuses, or the project is missing; then nothing changed */
export async function retire(given: RetireRequest, session: Session): Promise<ReleaseResult> {
  const opened = await readCodex(given.environment, session.codexApi, { projects: [given.project] });
  const { codex, environment } = opened;
  const request = { ...given, environment };
  recordBranch(given.environment, environment, codex, session);
  checkWritable(request, codex);
  const planOn = createRetirer(request, codex, session);
  const found = await findBranch(request, opened, session);
  const {
    planned,
    earlier = [],
    ...ending
  } = await publishPlan(request, codex, session, {
    ...{ found, planned: await planOn(found.tip), planAgain: planOn, needsBranch: false },
  });
  // Without the environment's branch, the plan was made on production.
  if (ending.branch !== 'found') throw notPublishedError(request, codex);
  const projects = planned.projects.map((one) => withEarlier(one, earlier, ending.parent));
  const warnings = earlierWarnings(earlier, request, codex);
  return { request, codex: codex.fullName, from: undefined, projects, ...ending, ...firstParent(earlier), warnings };
}

function createRetirer(
  request: RetireRequest,
  codex: CodexRepository,
  session: Session,
): (tip: BranchTip | undefined) => Promise<PlannedRetirement> {
  const { project, environment, threshold, preview } = request;
  let wasThere = false;

  function planRetired({ folder, manifest }: ProjectSnapshot, source: Source, key: PreviewKey): PlannedRetirement {
    const { previews } = manifest;
    if (!previews.has(key) && wasThere) return { projects: [outcome(project, {})], publication: undefined };
    if (!previews.has(key)) throw noSuchPreview(request, key, [...previews.keys()]);
    wasThere = true;
    const overlayPlan = planClosed(manifest, folder.entries, [key]);
    const next = planManifest(manifest, overlayPlan.overlay, source, undefined);
    const subject = subjectOf(request, project);
    const own = publicationOf({ project, folder, subject, source }, manifest, next, overlayPlan);
    const { plan, kept } = overlayPlan;
    const warnings =
      kept.length > 0
        ? [`edited in ${environment.name} in that preview; kept there, and unowned: ${nameSome(kept)}.`]
        : [];
    const ending = outcome(project, { plan, changes: own !== undefined, published: source, warnings });
    return { projects: [ending], publication: own && { projects: [own] } };
  }

  return async (tip) => {
    const published = await openSnapshot(tip, session).project(project);
    const { folder, manifest, warning } = published;
    // Another run removed it, or this run did in a push whose answer was lost.
    if (folder.manifest === undefined && wasThere) return { projects: [outcome(project, {})], publication: undefined };
    if (folder.manifest === undefined) throw notPublishedError(request, codex);
    const { source } = manifest;
    if (!source) {
      throw new CodexSyncError(
        'conflict',
        `${warning}`,
        `Nothing was removed: repair it, or remove projects/${project} by hand.`,
      );
    }
    if (preview !== undefined) return planRetired(published, source, preview);
    wasThere = true;
    const asked = { project, environment: environment.name, manifest, entries: folder.entries };
    const plan = planRetirement(asked, threshold.count);
    const steps = [{ changes: plan.changes, manifest: undefined }];
    return {
      projects: [outcome(project, { plan, changes: true, published: source })],
      publication: { projects: [{ project, folder, subject: subjectOf(request, project), steps, source }] },
    };
  };
}

function noSuchPreview({ project, environment }: RetireRequest, key: PreviewKey, others: readonly PreviewKey[]) {
  const listed = others.length > 0 ? `Its previews: ${nameSome(others)}` : 'It has no preview';
  return new CodexSyncError(
    'not-found',
    `projects/${project} has no preview ${previewLabel(key)} in ${environment.name} (branch ${printable(environment.branch)}). ${listed}.`,
    `Correct ${oneOfInputs('preview', 'project', 'env')}.`,
  );
}

function notPublishedError({ project, environment: { name, branch } }: RetireRequest, codex: CodexRepository) {
  return new CodexSyncError(
    'not-found',
    `There is no manifest in projects/${project} on branch ${printable(branch)} of ${codex.fullName} (environment ${name}): this tool has published nothing there, or it is retired already.`,
    `Correct ${oneOfInputs('project', 'env')} if you meant another one.`,
  );
}

/**
 * Edited and unowned documents and links stay.
 * @throws CodexSyncError `refused-by-guard` above `limit`, with the number to confirm
 */
export function planRetirement(
  {
    project,
    environment,
    manifest,
    entries,
  }: {
    readonly project: string;
    readonly environment: string;
    readonly manifest: Manifest;
    readonly entries: ReadonlyMap<string, CodexEntry>;
  },
  limit: number,
): ChangePlan {
  const changes: Change[] = [];
  const drifted: string[] = [];
  const skippedInCodex: string[] = [];
  const effective = effectiveTree(manifest);
  for (const path of [...effective.paths].sort()) {
    const entry = entries.get(path);
    if (!entry) continue;
    if (!entry.document) skippedInCodex.push(path);
    else if (entry.document.id !== effective.at(path).id) drifted.push(path);
    else changes.push({ path, action: 'delete', document: undefined });
  }
  if (isOverThreshold(changes.length, effective.paths.length, { count: limit, percent: 100 })) {
    throw new CodexSyncError(
      'refused-by-guard',
      `Retiring ${project} would delete ${changes.length} documents of ${environment}, more than ${limit}.`,
      `If that is meant, confirm the number: "${inputValue('deletion-threshold', `${changes.length}`)}".`,
    );
  }
  return {
    ...NO_PULLS,
    changes,
    drifted,
    skippedInCodex,
    conflicts: [],
    withheld: [],
    unowned: [],
    documents: new Map(),
  };
}
