import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import { planRetirement } from '../plan/retirement.ts';
import { outcome, type ProjectOutcome, type ReleaseResult } from '../report/release.ts';
import { printable } from '../request/printable.ts';
import { type RetireRequest, subjectOf } from '../request/release.ts';
import { checkWritable } from './check-codex.ts';
import type { Publication } from './publication.ts';
import { publishDraft } from './publish.ts';
import { readPublished } from './read-published.ts';
import { readCodex } from './read-tip.ts';
import type { PublishingWorld } from './world.ts';

interface RetirementDraft {
  readonly projects: readonly ProjectOutcome[];
  readonly publication: Publication | undefined;
}

/**
 * Takes a project out of one environment: the documents that this tool published there, and the manifest.
 * @throws CodexSyncError when a guard refuses, the remote refuses, or nothing of the project is there; then nothing was
 * changed
 */
export async function retire(request: RetireRequest, world: PublishingWorld): Promise<ReleaseResult> {
  const opened = await readCodex(request.environment.branch, world.codexApi);
  const { codex } = opened;
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
  const { project, environment, threshold } = request;
  let wasThere = false;

  return async (tip) => {
    const { folder, manifest, warning } = await readPublished(tip, project, world);
    // Gone meanwhile is what was wanted; it may even be this run's own push, of which the answer was lost.
    if (folder.manifest === undefined && wasThere) return { projects: [outcome(project, {})], publication: undefined };
    if (folder.manifest === undefined) throw nothingThere(request, codex);
    wasThere = true;
    const { source } = manifest;
    if (!source) {
      throw new CodexSyncError(
        'conflict',
        `${warning} Nothing was removed: mend it, or remove projects/${project} by hand.`,
      );
    }
    const asked = { project, environment: environment.name, manifest, entries: folder.entries };
    const plan = planRetirement(asked, threshold.count);
    const steps = [{ changes: plan.changes, manifest: undefined }];
    return {
      projects: [outcome(project, { plan, changes: true, published: source })],
      publication: { projects: [{ project, folder, subject: subjectOf(request, project), steps, source }] },
    };
  };
}

function nothingThere({ project, environment: { name, branch } }: RetireRequest, codex: CodexRepository) {
  return new CodexSyncError(
    'not-found',
    `There is no manifest in projects/${project} on branch ${printable(branch)} of ${codex.fullName} (environment ${name}): this tool has published nothing there, or it is retired already. ` +
      'Correct the input "project" or "env" if you meant another one.',
  );
}
