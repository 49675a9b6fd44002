import type { Change, ChangePlan, CodexEntry } from '../codex/changes.ts';
import { isOverThreshold } from '../codex/deletion-guard.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
import { type PreviewKey, previewLabel, standing } from '../codex/overlay.ts';
import { layEnded } from '../codex/plan-documents.ts';
import { planManifest } from '../codex/publication.ts';
import { NO_PULLS } from '../codex/pull-plan.ts';
import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import { checkWritable, tellPlace } from '../publish/check-codex.ts';
import { type Publication, publicationOf } from '../publish/commit.ts';
import { publishDraft } from '../publish/publish.ts';
import { type Published, readCodex, readPublished } from '../publish/read-folders.ts';
import type { PublishingWorld } from '../publish/session.ts';
import { nameSome } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { outcome, type ProjectOutcome, type ReleaseResult } from './report.ts';
import { type RetireRequest, subjectOf } from './request.ts';

interface RetirementDraft {
  readonly projects: readonly ProjectOutcome[];
  readonly publication: Publication | undefined;
}

/**
 * Takes a project out of one environment: the documents that this tool published there, and the manifest.
 * @throws CodexSyncError when a guard refuses, the remote refuses, or nothing of the project is there; then nothing was
 * changed
 */
export async function retire(given: RetireRequest, world: PublishingWorld): Promise<ReleaseResult> {
  const opened = await readCodex(given.environment, world.codexApi);
  const { codex, environment } = opened;
  const request = { ...given, environment };
  tellPlace(given.environment, environment, codex, world);
  checkWritable(request, codex);
  const draftOn = createRetirer(request, codex, world);
  const { draft, ...ended } = await publishDraft(request, opened, world, draftOn, () => false);
  // What was looked at then is production.
  if (ended.branch !== 'found') throw nothingThere(request, codex);
  return { request, codex: codex.fullName, from: undefined, projects: draft.projects, ...ended, warnings: [] };
}

function createRetirer(
  request: RetireRequest,
  codex: CodexRepository,
  world: PublishingWorld,
): (tip: BranchTip | undefined) => Promise<RetirementDraft> {
  const { project, environment, threshold, preview } = request;
  let wasThere = false;

  function draftEnd({ folder, manifest }: Published, source: Source, key: PreviewKey): RetirementDraft {
    const { previews } = manifest;
    if (!previews.has(key) && wasThere) return { projects: [outcome(project, {})], publication: undefined };
    if (!previews.has(key)) throw noSuchPreview(request, key, [...previews.keys()]);
    wasThere = true;
    const layered = layEnded(manifest, folder.entries, [key]);
    const next = planManifest(manifest, layered.layers, source, undefined);
    const subject = subjectOf(request, project);
    const own = publicationOf({ project, folder, subject, source }, manifest, next, layered);
    const { plan, kept } = layered;
    const warnings =
      kept.length > 0
        ? [`edited in ${environment.name} in that preview; kept there, and owned by nobody: ${nameSome(kept)}.`]
        : [];
    const ended = outcome(project, { plan, changes: own !== undefined, published: source, warnings });
    return { projects: [ended], publication: own && { projects: [own] } };
  }

  return async (tip) => {
    const published = await readPublished(tip, project, world);
    const { folder, manifest, warning } = published;
    // Gone meanwhile is what was wanted; it may even be this run's own push, of which the answer was lost.
    if (folder.manifest === undefined && wasThere) return { projects: [outcome(project, {})], publication: undefined };
    if (folder.manifest === undefined) throw nothingThere(request, codex);
    const { source } = manifest;
    if (!source) {
      throw new CodexSyncError(
        'conflict',
        `${warning} Nothing was removed: mend it, or remove projects/${project} by hand.`,
      );
    }
    if (preview !== undefined) return draftEnd(published, source, preview);
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
  const listed = others.length > 0 ? `There are: ${nameSome(others)}` : 'There is none';
  return new CodexSyncError(
    'not-found',
    `projects/${project} has no preview ${previewLabel(key)} in ${environment.name} (branch ${printable(environment.branch)}). ${listed}. Correct the input "preview", "project" or "env".`,
  );
}

function nothingThere({ project, environment: { name, branch } }: RetireRequest, codex: CodexRepository) {
  return new CodexSyncError(
    'not-found',
    `There is no manifest in projects/${project} on branch ${printable(branch)} of ${codex.fullName} (environment ${name}): this tool has published nothing there, or it is retired already. ` +
      'Correct the input "project" or "env" if you meant another one.',
  );
}

/**
 * Plans to take a project out of an environment: every document that this tool published there goes, previews included.
 * What someone edited since, what nobody owns, and links stay.
 * @param most so many deletions are nothing unusual
 * @throws CodexSyncError `refused-by-guard` that names the number to confirm
 */
export function planRetirement(
  {
    project,
    environment,
    manifest,
    entries,
  }: {
    readonly project: string;
    /** Its name, for the message. */
    readonly environment: string;
    readonly manifest: Manifest;
    readonly entries: ReadonlyMap<string, CodexEntry>;
  },
  most: number,
): ChangePlan {
  const changes: Change[] = [];
  const drifted: string[] = [];
  const blocked: string[] = [];
  const stands = standing(manifest);
  for (const path of [...stands.paths].sort()) {
    const entry = entries.get(path);
    if (!entry) continue;
    if (!entry.document) blocked.push(path);
    else if (entry.document.id !== stands.at(path).id) drifted.push(path);
    else changes.push({ path, action: 'delete', document: undefined });
  }
  if (isOverThreshold(changes.length, stands.paths.length, { count: most, percent: 100 })) {
    throw new CodexSyncError(
      'refused-by-guard',
      `Retiring ${project} would delete ${changes.length} documents of ${environment}, more than ${most}. ` +
        `If that is meant, confirm the number: "deletion-threshold: ${changes.length}".`,
    );
  }
  return { ...NO_PULLS, changes, drifted, blocked, conflicts: [], withheld: [], unowned: [], documents: new Map() };
}
