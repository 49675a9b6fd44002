import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import type { WritingRequest } from '../inputs/request.ts';
import type { BranchState, CreatedBranch } from '../report/change-words.ts';
import { commitValues } from '../report/outputs.ts';
import { checkRoom, createBranch, findBranch } from './branch.ts';
import { isNew, type Publication, writePublication } from './commit.ts';
import { createPatience, pushOnce } from './push.ts';
import type { FoundCodex } from './read-folders.ts';
import type { PublishingWorld } from './session.ts';

/** What a run would do on one tip of the codex; nothing to commit where there is nothing to say. */
interface Drafted {
  readonly publication: Publication | undefined;
}

/** How a run ended. */
export interface Ended<Draft extends Drafted> {
  readonly draft: Draft;
  /** Commit of the codex that was planned on. */
  readonly parent: string | undefined;
  /** The last commit that this run made in the codex. */
  readonly commit: string | undefined;
  readonly attempts: number;
}

/**
 * Drafts a run on the environment's branch and publishes it, unless it is a dry run. A missing branch is created only
 * once the run knows that it has something to say there: a run that fails changes nothing.
 * @param opened the codex, with that branch
 * @param needsBranch whether a draft is worth creating the branch for
 */
export async function publishDraft<Draft extends Drafted>(
  request: WritingRequest,
  opened: FoundCodex,
  world: PublishingWorld,
  draftOn: (tip: BranchTip | undefined) => Promise<Draft>,
  needsBranch: (draft: Draft) => boolean,
): Promise<Ended<Draft> & { readonly branch: BranchState; readonly created?: CreatedBranch }> {
  const { codex } = opened;
  const found = await findBranch(request, opened, world);
  const draft = await draftOn(found.tip);
  if (request.dryRun && !found.exists && found.tip && needsBranch(draft)) await checkRoom(request, codex, world);
  if (request.dryRun || (!found.exists && !needsBranch(draft))) {
    const branch = found.exists ? ('found' as const) : ('would be created' as const);
    return { branch, draft, parent: found.tip?.commit, commit: undefined, attempts: 0 };
  }
  const branch =
    found.tip && found.exists
      ? { tip: found.tip, how: 'found' as const }
      : await createBranch(request, codex, found.tip, world);
  world.tell({ 'branch-created': branch.how === 'created' });
  const isNewBranch = branch.how === 'created' && !request.environment.production;
  const deletion = isNewBranch ? world.codexApi.tryDeletion(request.environment.branch) : undefined;
  const first = branch.tip === found.tip ? draft : await draftOn(branch.tip);
  const ended = await publishUntilLanded(request, codex, world, branch.tip, first, draftOn);
  const created = isNewBranch ? { base: branch.tip.commit, deletion: await deletion } : undefined;
  return { ...ended, branch: branch.how, ...(created && { created }) };
}

/** Commits, pushes and drafts again until a push lands, five minutes have passed, or there is nothing left to say. */
export async function publishUntilLanded<Draft extends Drafted>(
  request: WritingRequest,
  codex: CodexRepository,
  world: PublishingWorld,
  start: BranchTip,
  first: Draft,
  draftOn: (tip: BranchTip) => Promise<Draft>,
): Promise<Ended<Draft>> {
  const { branch } = request.environment;
  const wait = createPatience(world, `branch ${branch} of ${codex.fullName}`);
  const written: (Ended<Draft> & { readonly commit: string })[] = [];
  let doubtful = false;
  const landed = <T extends { readonly commit: string }>(ended: T): T => {
    world.tell(commitValues(`${request.trigger.serverUrl}/${codex.fullName}`, ended.commit));
    return ended;
  };
  try {
    for (let tip = start, draft = first, attempts = 1; ; attempts++) {
      if (!draft.publication) {
        // A push may have landed although its answer said, or was, something else; and later than another one was tried.
        for (const ended of written.toReversed()) {
          const isThere = tip.commit === ended.commit || (await world.codexApi.contains(tip.commit, ended.commit));
          if (isThere) return landed(ended);
        }
        return { draft, parent: tip.commit, commit: undefined, attempts: attempts - 1 };
      }
      const made = await writePublication(request, world, draft.publication, tip);
      const ended = { draft, parent: tip.commit, commit: made.commit, attempts };
      written.push(ended);
      world.tell({ attempts });
      const pushed = await pushOnce(world, made, branch, isNew(draft.publication));
      if (pushed.kind === 'landed') return landed(ended);
      doubtful = pushed.kind === 'unanswered';
      await wait(attempts, pushed);
      tip = await readTipAgain(world, branch, codex.fullName);
      draft = await draftOn(tip);
      doubtful = false;
    }
  } catch (error) {
    if (!doubtful || !(error instanceof CodexSyncError)) throw error;
    const doubt = `Whether commit ${written.at(-1)?.commit} landed on branch ${branch} is not known: look there.`;
    throw new CodexSyncError(error.code, `${error.message} ${doubt}`, { cause: error });
  }
}

async function readTipAgain(world: PublishingWorld, branch: string, codex: string): Promise<BranchTip> {
  const tip = await world.codexApi.readBranch(branch);
  if (tip) return tip;
  throw new CodexSyncError('not-found', `Branch ${branch} of ${codex} disappeared during the run. Run it again.`);
}
