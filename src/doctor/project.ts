import { parseRefGlobs, type RefGlobs } from '../codex/stable-refs.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { NO_FOLDER } from '../git/codex-folder.ts';
import type { CodexApi, CodexRepository } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';
import type { ProjectRulesApi } from '../github/rules-api.ts';
import type { Environment } from '../inputs/environment.ts';
import { parseProject } from '../publish/snapshot.ts';
import { look, NO_PROJECT_TOKEN, notLookedAt, PROJECT_IS_MISSING, projectChecks } from './checks.ts';
import { branchesOfEntry, exampleBranch, releaseBranches, releaseTags } from './push-rules.ts';
import {
  branchesOfEntryCheck,
  branchesUnavailableCheck,
  environmentsCheck,
  previewsCheck,
  releaseListCheck,
  tagsCheck,
} from './release-checks.ts';
import type { Check, CheckName } from './report.ts';
import type { DoctorRequest } from './request.ts';
import type { DoctorSession } from './session.ts';

export interface CodexOfProject {
  readonly repository: CodexRepository;
  readonly environment: Environment;
}

const BEHIND = ['release-line', 'github-environment', 'previews'] as const satisfies readonly CheckName[];

/** Maximum number of entries of `production-refs` to read rules for. */
const MAX_ENTRIES = 10;

/** Checks release line, secrets and previews. Requests run in parallel; only the messages wait for the codex. */
export async function lookAtProject(
  request: DoctorRequest,
  codex: Promise<CodexOfProject | undefined>,
  { project, codexApi }: DoctorSession,
): Promise<Check[]> {
  const { repository: ours } = request.trigger;
  const because = (reason: string) => BEHIND.map((check) => notLookedAt(check, reason));
  if (ours === undefined) return [PROJECT_IS_MISSING, ...because('this run belongs to no repository')];
  if (!project) return [NO_PROJECT_TOKEN, ...because('the project could not be read')];
  const { api, rules } = project;
  const [repository, line, environments, previews] = await Promise.all([
    api.tryRepository(),
    askReleaseLine(request.productionRefs, rules),
    rules.tryEnvironments(),
    lookAtPreviews(request, codex, api, codexApi),
  ]);
  const checks = projectChecks(ours, repository, (await codex)?.repository.visibility);
  if (!repository) return [...checks, ...because('the project could not be read')];
  const { fullName, defaultBranch } = repository;
  return [
    ...checks,
    releaseListCheck(request, defaultBranch),
    ...releaseLineChecks(fullName, parseRefGlobs(request.productionRefs), line),
    environmentsCheck(fullName, environments, request.productionRefs, defaultBranch),
    ...previews,
  ];
}

type ReleaseLine = Awaited<ReturnType<typeof askReleaseLine>>;

async function askReleaseLine(productionRefs: readonly string[], rules: ProjectRulesApi) {
  const tags = releaseTags(productionRefs);
  const entries = releaseBranches(productionRefs);
  const [rulesets, branches, ...rulesOfEntries] = await Promise.all([
    tags.length > 0 ? rules.tryTagRulesets() : undefined,
    entries.length > 0 ? rules.tryBranches() : undefined,
    ...entries.slice(0, MAX_ENTRIES).map((entry) => {
      const example = exampleBranch(entry);
      return example === undefined ? undefined : rules.tryRules(example);
    }),
  ]);
  return {
    tags,
    rulesets,
    branches,
    entries: entries.map((entry, index) => ({ entry, rules: rulesOfEntries[index] })),
  };
}

function releaseLineChecks(
  repository: string,
  production: RefGlobs,
  { tags, rulesets, branches, entries }: ReleaseLine,
): Check[] {
  const ofTags = tagsCheck(repository, tags, rulesets);
  if (!branches) return [ofTags];
  if ('unavailable' in branches) return [ofTags, branchesUnavailableCheck(repository, branches)];
  const ofBranches = entries.map(({ entry, rules }) =>
    branchesOfEntryCheck(repository, branchesOfEntry(entry, production, branches.branches, rules), branches.isComplete),
  );
  return [ofTags, ...ofBranches];
}

/** Reads the manifest in the codex only if GitHub does not answer about pull requests. */
async function lookAtPreviews(
  { project, environment }: DoctorRequest,
  codex: Promise<CodexOfProject | undefined>,
  projectApi: ProjectApi,
  codexApi: CodexApi,
): Promise<Check[]> {
  const [found, pulls] = await Promise.all([codex, projectApi.tryRecentPulls()]);
  const check = 'previews';
  const { name, production, branch } = found?.environment ?? environment;
  if (production) return [];
  if (pulls) return [previewsCheck(name, undefined)];
  if (!found) return [notLookedAt(check, 'the codex could not be read')];
  if (project === undefined) return [notLookedAt(check, 'nothing names the project')];
  return look(check, async () => {
    const folder = await codexApi.tryFolder(`projects/${project}`, branch);
    const blob = folder?.files.get(MANIFEST_FILE);
    const text = blob === undefined ? undefined : await codexApi.readText(blob);
    const { manifest, warning } = parseProject(project, NO_FOLDER, text);
    if (warning !== undefined)
      return [{ check, state: 'not-looked-at', message: `Not looked at: ${warning}`, hint: '' }];
    return [previewsCheck(name, [...manifest.previews.keys()])];
  });
}
