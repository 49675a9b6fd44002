import { CodexSyncError } from '../errors.ts';
import { writeEmptyCommit } from '../git/codex-commit.ts';
import { EMPTY_TREE } from '../git/codex-folder.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import { printable } from '../request/printable.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import { pushOnce } from './push.ts';
import type { SyncProjectWorld } from './world.ts';

/** The environment's branch, as a run finds or makes it. */
export interface EnsuredBranch {
  /** `undefined` only in a dry run on a codex without commits. */
  readonly tip: BranchTip | undefined;
  readonly how: 'found' | 'created' | 'would be created';
}

/**
 * Finds the environment's branch. A missing one is created from the production branch through GitHub's API (losing that
 * race to another run is a success); an empty codex gets an empty first commit. A dry run creates nothing and plans
 * against what the branch would be made of.
 * @throws CodexSyncError `not-found` when the production branch is missing in a codex that has commits
 */
export async function ensureBranch(
  request: SyncProjectRequest,
  codex: CodexRepository,
  world: SyncProjectWorld,
): Promise<EnsuredBranch> {
  const { branch, production, productionBranch } = request.environment;
  const tip = await world.codexApi.readBranch(branch);
  if (tip) return { tip, how: 'found' };

  if (production) return initialise(request, codex, world);
  const productionTip = await world.codexApi.readBranch(productionBranch);
  const base = productionTip ?? (await initialise(request, codex, world)).tip;
  if (request.dryRun || !base) return { tip: base, how: 'would be created' };

  const refusal = await world.codexApi.tryCreateBranch(branch, base.commit);
  if (refusal === undefined) return { tip: base, how: 'created' };
  const others = await world.codexApi.readBranch(branch);
  if (others) return { tip: others, how: 'found' };
  throw new CodexSyncError(
    'remote-refused',
    `GitHub refused to create branch ${printable(branch)} in ${codex.fullName}: ${refusal}. Let the owner of the token create it, or create it by hand.`,
  );
}

/** Makes the production branch of a codex that has no commits at all; of any other it is never made up. */
async function initialise(
  request: SyncProjectRequest,
  codex: CodexRepository,
  world: SyncProjectWorld,
): Promise<EnsuredBranch> {
  const { productionBranch } = request.environment;
  if (!(await world.codexApi.isEmpty())) {
    throw new CodexSyncError(
      'not-found',
      `The production branch ${printable(productionBranch)} does not exist in ${codex.fullName}, whose default branch is ` +
        `${printable(codex.defaultBranch)}. Create it there, or set environments.branches.prod to "${printable(codex.defaultBranch)}" in the configuration.`,
    );
  }
  if (request.dryRun) return { tip: undefined, how: 'would be created' };
  const words = { parent: undefined, message: 'sync: Begin the codex\n', author: request.author, now: world.now() };
  const commit = await writeEmptyCommit(world.store, words);
  if ((await pushOnce(world, commit, productionBranch)) === 'landed') {
    return { tip: { commit, tree: EMPTY_TREE }, how: 'created' };
  }
  const others = await world.codexApi.readBranch(productionBranch);
  if (others) return { tip: others, how: 'found' };
  throw new CodexSyncError(
    'remote-failed',
    `The first commit of ${codex.fullName} could not be pushed. Run it again later.`,
  );
}
