import type { Change } from '../codex/changes.ts';
import { CodexSyncError } from '../errors.ts';
import { tryReadTip } from '../git/codex-commit.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import type { WritingRequest } from '../inputs/request.ts';
import type { BranchState, CreatedBranch } from '../report/changes.ts';
import { commitValues } from '../report/outputs.ts';
import type { BranchName } from '../text/ids.ts';
import { checkNameIsFree, createBranch, type FoundBranch } from './branch.ts';
import { isNew, type Publication, writePublication } from './commit.ts';
import { pushUntilAccepted } from './push.ts';
import type { Session } from './session.ts';

interface Planned {
  readonly publication: Publication | undefined;
}

export interface PublishOutcome<Plan extends Planned> {
  readonly planned: Plan;
  /** The commit of the codex that the plan was made on. */
  readonly parent: string | undefined;
  readonly commit: string | undefined;
  readonly attempts: number;
  /** Commits that this run made before, whose answers were lost and which the branch has, oldest first. */
  readonly earlier?: readonly EarlierCommit<Plan>[];
}

/** A commit of the run, and the one that it was planned on. */
export interface EarlierCommit<Plan extends Planned> {
  readonly planned: Plan;
  readonly parent: string | undefined;
  readonly commit: string;
}

/** A plan on the branch as it was found, before anything is written. */
interface PlannedRun<Plan extends Planned> {
  readonly found: FoundBranch;
  readonly planned: Plan;
  /** Whether the plan is a reason to create a missing branch. */
  readonly needsBranch: boolean;
  /** Plans again on another tip, after another run was faster. */
  readonly planAgain: (tip: BranchTip) => Promise<Plan>;
}

/** Creates a missing branch only after planning, so that a run that fails changes nothing. */
export async function publishPlan<Plan extends Planned>(
  request: WritingRequest,
  codex: CodexRepository,
  session: Session,
  { found, planned, needsBranch, planAgain }: PlannedRun<Plan>,
): Promise<PublishOutcome<Plan> & { readonly branch: BranchState; readonly created?: CreatedBranch }> {
  if (request.dryRun && !found.exists && found.tip && needsBranch) await checkNameIsFree(request, codex, session);
  if (request.dryRun || (!found.exists && !needsBranch)) {
    const branch = found.exists ? ('found' as const) : ('would be created' as const);
    return { branch, planned, parent: found.tip?.commit, commit: undefined, attempts: 0 };
  }
  const branch =
    found.tip && found.exists
      ? { tip: found.tip, how: 'found' as const }
      : await createBranch(request, codex, found.tip, session);
  session.record({ 'branch-created': branch.how === 'created' });
  const isNewBranch = branch.how === 'created' && !request.environment.production;
  const deletion = isNewBranch ? session.codexApi.tryDeletion(request.environment.branch) : undefined;
  const first = branch.tip === found.tip ? planned : await planAgain(branch.tip);
  const outcome = await publishUntilAccepted(request, codex, session, branch.tip, first, planAgain);
  const created = isNewBranch ? { base: branch.tip.commit, deletion: await deletion } : undefined;
  return { ...outcome, branch: branch.how, ...(created && { created }) };
}

/** Ends on an accepted push, nothing left to publish, or after five minutes. */
async function publishUntilAccepted<Plan extends Planned>(
  request: WritingRequest,
  codex: CodexRepository,
  session: Session,
  start: BranchTip,
  first: Plan,
  planOn: (tip: BranchTip) => Promise<Plan>,
): Promise<PublishOutcome<Plan>> {
  const { branch } = request.environment;
  const written: (PublishOutcome<Plan> & { readonly commit: string })[] = [];
  const unsure = new Set<object>();
  const isIn = async (tip: BranchTip, { commit }: { readonly commit: string }) =>
    tip.commit === commit || (await session.codexApi.contains(tip.commit, commit));
  const outcome = await pushUntilAccepted<PublishOutcome<Plan>>(
    session,
    { branch, codex: codex.fullName },
    async (attempts, last) => {
      const previous = written.at(-1);
      if (last?.kind === 'unknown' && previous) unsure.add(previous);
      const { tip, isCurrent } =
        attempts === 1
          ? { tip: start, isCurrent: true }
          : await readTipAgain(session, branch, codex.fullName, unsure.size > 0);
      const planned = attempts === 1 ? first : await planOn(tip);
      if (!planned.publication) {
        // An earlier push may have been accepted although its answer was an error or missing, even after a later one.
        for (const outcome of written.toReversed())
          if (await isIn(tip, outcome)) return { kind: 'done', result: outcome };
        if (unsure.size > 0 && !isCurrent) return { kind: 'unsure' };
        return { kind: 'done', result: { planned, parent: tip.commit, commit: undefined, attempts: written.length } };
      }
      const made = await writePublication(request, session, planned.publication, tip);
      // Only the push on this very tip is accepted, so what it contains is all that was published before.
      const earlier: EarlierCommit<Plan>[] = [];
      for (const one of written)
        if (tip.commit === one.commit || (unsure.has(one) && (await isIn(tip, one)))) earlier.push(one);
      const result = {
        planned,
        parent: tip.commit,
        commit: made.commit,
        // Rounds that had nothing to push are none.
        attempts: written.length + 1,
        ...(earlier.length > 0 && { earlier }),
      };
      written.push(result);
      session.record({ attempts: written.length });
      const published = earlier.at(-1)?.commit;
      return { kind: 'push', made, isNew: isNew(planned.publication), published, result };
    },
  );
  const { commit } = outcome;
  if (commit !== undefined) session.record(commitValues(`${request.trigger.serverUrl}/${codex.fullName}`, commit));
  return outcome;
}

/** A tip, and whether git itself named it, so that it is not from before a push of this run. */
interface TipAgain {
  readonly tip: BranchTip;
  readonly isCurrent: boolean;
}

/**
 * @param isUnsure whether an earlier push may have been accepted: then git names the tip, because the API may answer from
 * before that push, and the run would say that it published nothing
 */
async function readTipAgain(session: Session, branch: BranchName, codex: string, isUnsure: boolean): Promise<TipAgain> {
  const { codexApi, store } = session;
  const named = isUnsure ? await tryReadTip(store, session.codex, branch) : undefined;
  const current = named === undefined ? undefined : await codexApi.readCommit(named);
  const tip = current ?? (await codexApi.readBranch(branch));
  if (tip) return { tip, isCurrent: current !== undefined };
  throw new CodexSyncError('not-found', `Branch ${branch} of ${codex} disappeared during the run.`, `Run it again.`);
}

/** The changes of several commits of one run, each with the commit that it was planned on. */
export function allChanges(
  earlier: readonly { readonly changes: readonly Change[]; readonly parent: string | undefined }[],
  last: { readonly changes: readonly Change[]; readonly parent: string | undefined },
): readonly Change[] {
  if (earlier.length === 0) return last.changes;
  return [...earlier, last].flatMap(({ changes, parent }) =>
    changes.map((change) => (parent === undefined ? change : { ...change, parent })),
  );
}

/** A plan with the changes of the run's earlier commits as well. @param parent the commit that it was planned on */
export function withEarlierChanges<Plan extends { readonly changes: readonly Change[] }>(
  plan: Plan | undefined,
  earlier: readonly EarlierCommit<Planned & { readonly plan: Plan | undefined }>[],
  parent: string | undefined,
): Plan | undefined {
  const before = earlier.map((one) => ({ parent: one.parent, changes: one.planned.plan?.changes ?? [] }));
  return plan && { ...plan, changes: allChanges(before, { changes: plan.changes, parent }) };
}

/** Says that the run made more than one commit. */
export function earlierWarnings(
  earlier: readonly { readonly commit: string }[],
  { trigger }: Pick<WritingRequest, 'trigger'>,
  { fullName }: Pick<CodexRepository, 'fullName'>,
): string[] {
  const url = `${trigger.serverUrl}/${fullName}`;
  return earlier.map(
    ({ commit }) =>
      `The answer to an earlier push of this run was lost, and ${url}/commit/${commit} is published as well: the changes of both are listed.`,
  );
}

/** The commit before the first one of the run, to which a roll-back returns. */
export function firstParent(earlier: readonly { readonly parent: string | undefined }[]) {
  const [first] = earlier;
  return first && { parent: first.parent };
}
