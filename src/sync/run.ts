import { posix } from 'node:path';
import { collisionWarning, findCollisions } from '../codex/path-clashes.ts';
import { checkSelected } from '../codex/publication.ts';
import { isReleaseRef, parseRefGlobs, parseStableRefs } from '../codex/stable-refs.ts';
import { decideWhoseText } from '../codex/whose-text.ts';
import { includePhrases } from '../documents/unmatched-patterns.ts';
import { type PulledRecord, pulledFrom, readPulled } from '../git/checkout-files.ts';
import { listProjects } from '../git/codex-folder.ts';
import { type ReadSelection, readSelection } from '../git/read-documents.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import { publishes } from '../inputs/definitions.ts';
import { checkOffReleaseLine } from '../inputs/guards.ts';
import { namedBy } from '../inputs/trigger.ts';
import { together } from '../publish/parallel.ts';
import { publishPlan } from '../publish/publish.ts';
import { expectTip, readCodex, readPublished } from '../publish/read-folders.ts';
import { createdWarnings } from '../report/changes.ts';
import { checkCodex, placeRequest } from './check-codex.ts';
import { checkProduction, createPlanner, type ProjectPlan, type ProjectSide, warnOfLfs } from './plan.ts';
import { readText } from './read-text.ts';
import type { SyncProjectResult } from './report.ts';
import { type SyncProjectRequest, withCodexName } from './request.ts';
import type { SyncProjectSession } from './session.ts';
import { writePulled } from './write-checkout.ts';

/**
 * Moves a project's documents between its checkout and its folder on the environment's branch of the codex: publishes what
 * the project changed, and brings back what was changed in the codex, as the direction says.
 *
 * The remote's branch is the only shared state: every attempt plans on the tip it read, and the push lands only if the
 * branch still stands there. A lost race plans again on the new tip, so no run ever loses another's commit. The checkout
 * is written only after that.
 * @throws CodexSyncError when a guard refuses, the remote refuses, or the plan cannot be carried out; then nothing was
 * published, unless the message says so
 */
export async function syncProject(given: SyncProjectRequest, session: SyncProjectSession): Promise<SyncProjectResult> {
  // What production refuses is known before anything is asked of the codex.
  const early = mayBeRefused(given) ? await readProject(given, session) : undefined;
  const [read, opened] = await together([
    early ? Promise.resolve(early) : readProject(given, session),
    readCodex(given.environment, session.codexApi),
  ]);
  const { codex } = opened;
  // Under a former name of the codex nothing told before that it is the project itself.
  const named = withCodexName(given, codex.fullName);
  const side = named === given ? read : await readProject(named, session);
  const request = await placeRequest(named, opened, session);
  await checkCodex(request, codex, session);
  const planned = createPlanner(request, { ...session, history: session.checkout }, side);
  let last: BranchTip | undefined;
  const planOn = async (tip: BranchTip | undefined) => {
    last = tip;
    const current = await planned(await readPublished(tip, request.project, session));
    checkPlanned(request, current, codex);
    return current;
  };
  const common = { request, codex: codex.fullName, pull: side.pull, pulled: undefined };
  return writePulled(await (publishes(request.direction) ? publish() : look()), session);

  async function look(): Promise<SyncProjectResult> {
    const tip = expectTip(request.environment, codex, opened.tip, 'name another environment');
    return { ...common, branch: 'found', ...(await planOn(tip)), parent: tip.commit, commit: undefined, attempts: 0 };
  }

  async function publish(): Promise<SyncProjectResult> {
    const { planned, ...closed } = await publishPlan(
      request,
      opened,
      session,
      planOn,
      ({ plan }) => plan !== undefined,
    );
    // What was pushed was grafted into the list of all projects, which is here then.
    const projects = closed.commit && last ? await listProjects(session.store, session.codex, last) : [];
    const collisions = findCollisions(request.project, projects);
    const warnings = [
      ...planned.warnings,
      ...(collisions.length > 0 ? [collisionWarning(request.project, collisions)] : []),
      ...(closed.commit && last ? await warnOfLfs(request.project, planned, last, session) : []),
      ...createdWarnings(request.environment, closed.created),
    ];
    return { ...common, ...planned, ...closed, warnings };
  }
}

/** The project's side: the documents of the checkout, and whose text they are. */
async function readProject(request: SyncProjectRequest, session: SyncProjectSession): Promise<ProjectSide> {
  const { checkout, store, project } = session;
  const { environment, trigger } = request;
  const [read, pulled] = await together([readSelection(checkout, store, project, request), readPulled(checkout)]);
  const selected = publishes(request.direction) ? withoutPulled(read, pulled, request) : read;
  checkSelected(request, selected, includePhrases(request.patterns.include, selected.unmatched));
  const { head } = checkout;
  const run = { commit: head.id, date: head.date, ref: trigger.ref };
  const common = { selected, run, listIgnored: checkout.listIgnored, isOneOfMany: false };
  // A run that only pulls publishes nothing, so nothing is asked about its text.
  if (!publishes(request.direction)) {
    const empty = { pull: undefined, decide: undefined, isOnGitHub: async () => true };
    return { ...common, ...empty, stableRefs: parseStableRefs(undefined, request.refs) };
  }
  const { facts, ...text } = await readText(request, selected, session);
  const decide: ProjectSide['decide'] = (codex) => decideWhoseText(facts, selected, codex);
  // At a terminal the codex decides too.
  if (facts.kind === 'pull request' || !facts.atTerminal) checkProduction(environment, decide(new Map()));
  return { ...common, ...text, decide };
}

function mayBeRefused({ environment, direction, refs, trigger }: SyncProjectRequest): boolean {
  if (!environment.production || !publishes(direction)) return false;
  return !isReleaseRef(parseRefGlobs(refs.production), namedBy(trigger).ref, trigger.defaultBranch);
}

/** What a run wrote into the checkout from one environment is, until it is committed, published to no other. */
function withoutPulled(
  selected: ReadSelection,
  pulled: PulledRecord,
  { environment, codex, directory }: SyncProjectRequest,
): ReadSelection {
  const here = pulledFrom(codex, environment.branch);
  const foreign = [...selected.uncommittedDocuments].filter((path) => {
    const from = pulled.get(posix.join(directory, path));
    return from !== undefined && from !== here;
  });
  if (foreign.length === 0) return selected;
  const [documents, skipped] = [new Map(selected.documents), new Map(selected.skipped)];
  const uncommittedDocuments = new Set(selected.uncommittedDocuments);
  for (const path of foreign) {
    documents.delete(path);
    uncommittedDocuments.delete(path);
    skipped.set(path, `brought from ${pulled.get(posix.join(directory, path))} and not committed yet: commit it first`);
  }
  return { ...selected, documents, skipped, uncommittedDocuments };
}

/** What is off the release line never reaches the codex's default branch, whatever the configuration maps to it. */
function checkPlanned(
  { environment, direction }: SyncProjectRequest,
  { line }: ProjectPlan,
  codex: CodexRepository,
): void {
  if (publishes(direction)) checkOffReleaseLine(environment, line === 'release', codex.defaultBranch);
}
