import { CodexSyncError } from '../errors.ts';
import type { CodexRepository } from '../github/codex-api.ts';
import { type BranchProtection, planRefusals } from '../plan/push-rules.ts';
import type { Check, CheckName, DoctorResult } from '../report/doctor.ts';
import { noWriteCheck, rulesChecks, writeCheck } from '../report/doctor-push-words.ts';
import {
  branchChecks,
  CACHE_AT_TERMINAL,
  CACHE_NOT_WANTED,
  cacheCheck,
  cacheDirectoryCheck,
  codexChecks,
  configurationChecks,
  emptyCodexCheck,
  failed,
  gitCheck,
  NO_PROJECT,
  NO_PROJECT_TOKEN,
  notLookedAt,
  projectChecks,
} from '../report/doctor-words.ts';
import type { DoctorRequest } from '../request/doctor.ts';
import { atTerminal } from '../request/trigger.ts';
import type { DoctorWorld } from './doctor-world.ts';
import { missingProduction } from './ensure-branch.ts';

/**
 * Looks at everything that a run needs, without writing anything. What fails hides nothing else: only what depends on it is
 * not looked at.
 */
export async function examine(request: DoctorRequest, world: DoctorWorld): Promise<DoctorResult> {
  const [git, codex, cache] = await Promise.all([
    look('git', async () => [gitCheck(await world.checkGit())]),
    lookAtCodex(request, world),
    lookAtCache(request, world),
  ]);
  const project = await lookAtProject(request, codex.repository, world);
  return { request, checks: [...git, ...configurationChecks(request), ...codex.checks, ...project, ...cache] };
}

/** What was found, a failure that people can mend included. */
async function look(check: CheckName, ask: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CodexSyncError) return [failed(check, error.message)];
    throw error;
  }
}

interface CodexFound {
  readonly repository?: CodexRepository;
  readonly checks: readonly Check[];
}

async function lookAtCodex(request: DoctorRequest, world: DoctorWorld): Promise<CodexFound> {
  let repository: CodexRepository | undefined;
  const codex = await look('codex', async () => {
    repository = await world.codexApi.readRepository();
    return codexChecks(request, repository);
  });
  if (!repository) {
    const behind = ['write-permission', 'branches', 'rules'] as const;
    return { checks: [...codex, ...behind.map((check) => notLookedAt(check, 'the codex could not be read'))] };
  }
  const write = await lookAtPermission(repository, world);
  return { repository, checks: [...codex, ...write, ...(await lookAtBranch(request, repository, world))] };
}

async function lookAtPermission(
  { fullName, archived, mayPush }: CodexRepository,
  world: DoctorWorld,
): Promise<Check[]> {
  if (archived) return [notLookedAt('write-permission', 'nobody may push to an archived repository')];
  return look('write-permission', async () => {
    try {
      const answer = await world.mayPush();
      // Where git does not tell, a role that may not push tells as much; one that may says nothing of the token.
      return [writeCheck(fullName, world.actor, answer ?? (mayPush === false ? false : undefined))];
    } catch (error) {
      // An App that may only read gets no token to write with.
      if (!(error instanceof CodexSyncError) || error.code !== 'no-permission' || !world.actor.isApp) throw error;
      const { says, remedy } = failed('write-permission', error.message);
      return [noWriteCheck(says, remedy)];
    }
  });
}

async function lookAtBranch(request: DoctorRequest, codex: CodexRepository, world: DoctorWorld): Promise<Check[]> {
  const { environment } = request;
  const { branch, production, productionBranch } = environment;
  let seen: { readonly protection: BranchProtection | undefined } | undefined;
  const branches = await look('branches', async () => {
    const protection = await world.rulesApi.readProtection(branch);
    seen = { protection };
    const base = production ? protection : await world.rulesApi.readProtection(productionBranch);
    if (base) return branchChecks(environment, protection !== undefined, codex);
    if (!protection && (await world.codexApi.isEmpty())) return [emptyCodexCheck(environment)];
    throw missingProduction(productionBranch, codex);
  });
  if (!seen) return [...branches, notLookedAt('rules', 'the branch could not be read')];
  const { protection } = seen;
  const rules = await look('rules', async () => {
    const listed = await world.rulesApi.tryRules(branch);
    const refusals = 'untold' in listed ? listed : planRefusals(listed, protection !== undefined);
    return rulesChecks(branch, world.actor, protection, refusals);
  });
  return [...branches, ...rules];
}

async function lookAtProject(
  { trigger }: DoctorRequest,
  codex: CodexRepository | undefined,
  { projectApi }: DoctorWorld,
): Promise<Check[]> {
  if (trigger.repository === '') return [NO_PROJECT];
  if (!projectApi) return [NO_PROJECT_TOKEN];
  return projectChecks(trigger, await projectApi.tryRepository(), codex?.visibility);
}

/** A key that no run saves anything under. */
const NO_KEY = 'codex/doctor';

async function lookAtCache(request: DoctorRequest, { cache, directory }: DoctorWorld): Promise<Check[]> {
  const service = await look('cache', async () => {
    if (!request.useCache) return [CACHE_NOT_WANTED];
    if (atTerminal(request.trigger)) return [CACHE_AT_TERMINAL];
    const { trouble } = await cache.restore([{ name: 'doctor', keys: [NO_KEY] }], true);
    return [cacheCheck(trouble)];
  });
  const place = await look('cache', async () => {
    await directory.check();
    return [cacheDirectoryCheck(request)];
  });
  return [...service, ...place];
}
