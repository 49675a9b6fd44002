import { collisionWarning, findProjectCollisions } from '../codex/path-clashes.ts';
import { isReleaseRef, parseRefGlobs } from '../codex/stable-refs.ts';
import { lfsWarning } from '../documents/select.ts';
import { listKeptInLfs } from '../git/codex-folder.ts';
import { findUnpublishable } from '../git/read-documents.ts';
import type { BranchTip, CodexQuestion, CodexRepository } from '../github/codex-api.ts';
import { publishes } from '../inputs/definitions.ts';
import { checkOffReleaseLine } from '../inputs/guards.ts';
import { namedBy } from '../inputs/trigger.ts';
import { type FoundBranch, findBranch } from '../publish/branch.ts';
import { expectTip, type FoundCodex, questionAbout, readCodex } from '../publish/codex.ts';
import { earlierWarnings, firstParent, publishPlan, withEarlierChanges } from '../publish/publish.ts';
import { type CheckoutSession, type Session, together } from '../publish/session.ts';
import { openSnapshot, type Snapshot } from '../publish/snapshot.ts';
import { type CreatedBranch, createdWarnings } from '../report/changes.ts';
import { checkCodex, placeRequest } from './check-codex.ts';
import { createFactReader } from './facts.ts';
import { type ProjectPlan, planSync } from './plan.ts';
import { readProject } from './project.ts';
import type { SyncProjectResult } from './report.ts';
import { type SyncProjectRequest, withCodexName } from './request.ts';
import { writePulled } from './write-checkout.ts';

/**
 * Publishes and pulls, depending on the direction. The remote's branch is the only shared state: every attempt plans on
 * the tip it read, and the remote accepts the push only if the tip has not moved. A rejected push plans again, so no
 * run loses another's commit. The run writes the checkout last.
 * @throws CodexSyncError when a guard or the remote refuses, or the plan cannot be carried out; then nothing was
 * published, unless the message reports it
 */
export async function syncProject(given: SyncProjectRequest, session: CheckoutSession): Promise<SyncProjectResult> {
  const { request, opened, project } = await readBoth(given, session);
  const { codex } = opened;
  const readFacts = createFactReader(request, project, session, (paths) =>
    findUnpublishable(session.store, session.project, paths),
  );
  const planOn = async (tip: BranchTip | undefined) => {
    const snapshot = openSnapshot(tip, session);
    const current = await snapshot.project(request.project);
    const planned = planSync(request, project, current, await readFacts(current, snapshot.names));
    checkPlanned(request, planned, codex);
    return { ...planned, snapshot };
  };
  const isPublishing = publishes(request.direction);
  const found = isPublishing ? await findBranch(request, opened, session) : findOnly(request, opened);
  const first = await planOn(found.tip);
  const outcome = isPublishing
    ? await publishPlan(request, codex, session, {
        ...{ found, planned: first, planAgain: planOn },
        needsBranch: first.plan !== undefined,
      })
    : {
        planned: first,
        branch: 'found' as const,
        parent: found.tip?.commit,
        commit: undefined,
        attempts: 0,
        earlier: [],
      };
  const { planned, earlier = [], ...published } = outcome;
  const { snapshot: _, ...last } = planned;
  const plan = { ...last, plan: withEarlierChanges(last.plan, earlier, outcome.parent) };
  const warnings = [
    ...new Set([...earlier.flatMap((one) => one.planned.warnings), ...plan.warnings]),
    ...earlierWarnings(earlier, request, codex),
    ...(await readWarnings(request, outcome, session)),
  ];
  const about = { request, codex: codex.fullName, pull: project.pull, pulled: undefined };
  return writePulled({ ...about, ...plan, ...published, ...firstParent(earlier), warnings }, session);
}

/** The question that a run asks first; `undefined` if the checkout alone may refuse the run, which then asks nothing. */
export function firstQuestion(request: SyncProjectRequest): CodexQuestion | undefined {
  if (mayBeRefused(request)) return undefined;
  return questionAbout(request.environment, { projects: [request.project] });
}

async function readBoth(given: SyncProjectRequest, session: CheckoutSession) {
  // Production's refusals need no answer from the codex.
  const early = mayBeRefused(given) ? await readProject(given, session) : undefined;
  const [read, opened] = await together([
    early ? Promise.resolve(early) : readProject(given, session),
    readCodex(given.environment, session.codexApi, { projects: [given.project] }),
  ]);
  // Only the codex's current name shows that it is the project itself.
  const named = withCodexName(given, opened.codex.fullName);
  const project = named === given ? read : await readProject(named, session);
  const request = await placeRequest(named, opened, session);
  await checkCodex(request, opened.codex, session);
  return { request, opened, project };
}

/** @throws CodexSyncError `not-found`: a run that only pulls needs the branch */
function findOnly({ environment }: SyncProjectRequest, { codex, tip }: FoundCodex): FoundBranch {
  return { tip: expectTip(environment, codex, tip, 'name another environment'), exists: true };
}

function mayBeRefused({ environment, direction, refs, trigger }: SyncProjectRequest): boolean {
  if (!environment.production || !publishes(direction)) return false;
  return !isReleaseRef(parseRefGlobs(refs.production), namedBy(trigger).ref, trigger.defaultBranch);
}

/** Only the release line reaches the codex's default branch, whatever the configuration maps to it. */
function checkPlanned(
  { environment, direction }: SyncProjectRequest,
  { line }: ProjectPlan,
  codex: CodexRepository,
): void {
  if (publishes(direction)) checkOffReleaseLine(environment, line === 'release', codex.defaultBranch);
}

/** Warns after publishing about case collisions of folders, and about documents that Git LFS would take. */
async function readWarnings(
  { project, environment }: SyncProjectRequest,
  {
    planned,
    commit,
    created,
  }: {
    readonly planned: ProjectPlan & { readonly snapshot: Snapshot };
    readonly commit: string | undefined;
    readonly created?: CreatedBranch;
  },
  session: Session,
): Promise<string[]> {
  const { tip, names } = planned.snapshot;
  if (commit === undefined || tip === undefined) return createdWarnings(environment, created);
  // The push needed the list of all projects, so it is in the store.
  const collisions = findProjectCollisions(project, await names());
  return [
    ...(collisions.length > 0 ? [collisionWarning(project, collisions)] : []),
    ...(await warnOfLfs(project, planned, tip, session)),
    ...createdWarnings(environment, created),
  ];
}

/** @param tip that the plan was made on, so that its root tree and list of projects are in the store */
export async function warnOfLfs(
  project: string,
  { folder, plan }: Pick<ProjectPlan, 'folder' | 'plan'>,
  tip: BranchTip,
  { store, codex }: Pick<Session, 'store' | 'codex'>,
): Promise<string[]> {
  const paths = (plan?.changes ?? []).flatMap(({ path, document }) => (document ? [path] : []));
  // The documents are published, so a failed check must not fail the run.
  const kept = await listKeptInLfs(store, codex, tip, { project, folder, paths }).catch(() => []);
  return kept.length > 0 ? [lfsWarning(project, kept)] : [];
}
