import { CODEX_CONFIG_FILE, type CodexConfig } from '../codex/codex-config.ts';
import { CodexSyncError, type Problem } from '../errors.ts';
import { DEFAULT_BRANCHES, type Environment } from '../inputs/environment.ts';
import { isMoreVisible } from '../inputs/guards.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { inputName, inputValue, setInput, spelled, tokenPhrase } from '../text/spell-inputs.ts';
import type { Check, CheckName } from './report.ts';
import type { DoctorRequest } from './request.ts';

export function ok(check: CheckName, message: string): Check {
  return { check, state: 'ok', message, hint: '' };
}

export function warning(check: CheckName, message: string, hint: string): Check {
  return { check, state: 'warning', message, hint };
}

/** No fault, but worth a change. */
export function advice(check: CheckName, message: string, hint: string): Check {
  return { check, state: 'advice', message, hint };
}

/** @param because the reason as one clause */
export function notLookedAt(check: CheckName, because: string, hint = ''): Check {
  return { check, state: 'not-looked-at', message: `Not checked: ${because}.`, hint };
}

/** A check that ended in an error. */
export function failed(check: CheckName, { problem, hint = '' }: Problem): Check {
  return { check, state: 'failed', message: problem, hint };
}

export function gitCheck(version: string): Check {
  return ok(
    'git',
    version === '' ? 'Git is installed, but its version is unknown.' : `Version ${printable(version, 50)}.`,
  );
}

function originPhrase(origin: Environment['origin']): string {
  if (origin === 'input') return `set by ${inputName('env')}`;
  return origin === 'config' ? 'set by its environments.default' : 'by default';
}

export function configurationChecks({ file, environment, notices, warnings, unmerged }: DoctorRequest): Check[] {
  const { name, branch, origin } = environment;
  const read = file === undefined ? 'There is none, so inputs and defaults apply' : `${printable(file)} is read`;
  return [
    ok('configuration', `${read}. The environment is ${name} (branch ${printable(branch)}), ${originPhrase(origin)}.`),
    ...notices.map((notice) => ok('configuration', notice)),
    ...(unmerged === undefined ? [] : [{ ...failed('configuration', unmerged), state: 'warning' as const }]),
    ...warnings.map((text) => warning('configuration', text, 'Correct the key, or remove it.')),
  ];
}

export interface CodexFacts {
  readonly fullName: string;
  readonly visibility: Visibility;
  readonly archived: boolean;
  readonly defaultBranch: string;
}

export function codexChecks({ codex }: DoctorRequest, facts: CodexFacts): Check[] {
  const { fullName, visibility, archived, defaultBranch } = facts;
  const checks = [ok('codex', `${fullName} is ${visibility}, and its default branch is ${printable(defaultBranch)}.`)];
  if (!sameRepository(codex, fullName)) {
    const message = `${codex} is called ${fullName} now.`;
    checks.push(
      warning('codex', message, `Use the current name in ${inputName('codex-repository')}, or in the configuration.`),
    );
  }
  if (archived) {
    const message = `${fullName} is archived: documents can be fetched and compared, but not published.`;
    checks.push(warning('codex', message, 'Unarchive it, or name another codex.'));
  }
  return checks;
}

export function codexConfigChecks(
  found: CodexConfig | undefined,
  { fullName }: CodexFacts,
  { name, branch }: Environment,
): Check[] {
  const check = 'codex-configuration';
  if (!found) {
    const message = `There is no ${CODEX_CONFIG_FILE} on the default branch of ${fullName}: every project maps environments itself, and may use a free folder.`;
    return [ok(check, message)];
  }
  const { file, config, warnings } = found;
  const { projects = {}, unlisted, environments } = config;
  const listed = Object.keys(projects).length;
  const folders = `${listed === 1 ? '1 project is' : `${listed} projects are`} listed, and others ${unlisted === 'refuse' ? 'are refused' : 'may use a free folder'}`;
  const mapped = environments.written ? ` Environment ${name} is branch ${printable(branch)} there.` : '';
  return [
    ok(check, `${file} is read: ${folders}.${mapped}`),
    ...warnings.map((text) => warning(check, text, 'Correct the key, or remove it.')),
  ];
}

/** Existing branches get a short line; only missing or unusual ones get more. */
export function branchChecks(
  { name, branch, production, productionBranch }: Environment,
  exists: boolean,
  { defaultBranch }: CodexFacts,
): Check[] {
  const made = `does not exist yet; the first run that publishes creates it from ${printable(productionBranch)}`;
  const checks = [
    ok('branches', `${printable(branch)} (environment ${name}) ${exists ? 'exists' : made}.`),
    ...(production ? [] : [ok('branches', `${printable(productionBranch)} (production) exists.`)]),
  ];
  if (!production && branch === defaultBranch) {
    const message = `${printable(branch)} is the default branch of the codex, so it counts as production for unmerged documents: no preview is published to ${name}.`;
    const hint = `Make ${printable(productionBranch)} the default branch of the codex, or map ${name} to another branch under environments.branches.`;
    return [...checks, warning('branches', message, hint)];
  }
  // A configuration that maps production to another branch by name is deliberate.
  if (productionBranch === DEFAULT_BRANCHES.prod && defaultBranch !== productionBranch) {
    const other = printable(defaultBranch);
    const message = `Production is ${productionBranch}, though ${other} is the default branch of the codex.`;
    checks.push(
      warning(
        'branches',
        message,
        `If it should be ${other}, set environments.branches.prod to "${other}" in the configuration.`,
      ),
    );
  }
  return checks;
}

export function emptyCodexCheck({ branch, production, productionBranch }: Environment): Check {
  const also = production ? '' : `, and ${printable(branch)} from it`;
  const message = `The codex has no commits yet; the first run that publishes creates ${printable(productionBranch)}${also}.`;
  return ok('branches', message);
}

export function projectChecks(
  repository: string,
  project: Omit<CodexFacts, 'archived'> | undefined,
  visibility: Visibility | undefined,
): Check[] {
  if (!project) {
    const message = `The ${tokenPhrase('project-token')} cannot read ${printable(repository)}, so runs cannot compare its commits, or fetch what a partial checkout lacks.`;
    return [
      warning(
        'project-token',
        message,
        `${spelled({ workflow: 'Give the job "permissions: contents: read", or pass', terminal: 'Pass' })} a token that may read it.`,
      ),
    ];
  }
  const { fullName, defaultBranch } = project;
  const checks = [
    ok('project-token', `${fullName} is ${project.visibility}, and its default branch is ${printable(defaultBranch)}.`),
  ];
  if (visibility && isMoreVisible(visibility, project.visibility)) {
    const message = `The project is ${project.visibility} and the codex is ${visibility}: publishing is refused, since more people would see the documents.`;
    checks.push(warning('project-token', message, `If that is meant, ${setInput('allow-public', 'true')}.`));
  }
  return checks;
}

export const PROJECT_IS_MISSING = notLookedAt('project-token', 'this run belongs to no repository');
export const NO_PROJECT_TOKEN = notLookedAt(
  'project-token',
  'none is given, so runs cannot compare commits of the project',
  'Pass one that may read the project ("contents: read").',
);

export const CACHE_AT_TERMINAL = ok('cache', 'At a terminal there is no Actions cache: copies are kept on disk only.');
export function cacheNotWantedCheck(): Check {
  return ok('cache', `"${inputValue('use-cache', 'false')}" is set: copies are kept on disk only.`);
}

/** @param trouble why the cache is unusable, as one clause */
export function cacheCheck(trouble: string | undefined): Check {
  if (trouble === undefined) return ok('cache', 'The Actions cache can be used.');
  // The client's advice is on further lines.
  const [reason = ''] = trouble.split('\n');
  const message = `The Actions cache cannot be used (${printable(reason, 200)}): copies are kept on disk only.`;
  return warning(
    'cache',
    message,
    'No job fails because of it, but each job fetches all documents again. If it persists, check the runner.',
  );
}

export function cacheDirectoryCheck({ cacheDir }: DoctorRequest): Check {
  return ok('cache', `Documents can be written to ${printable(cacheDir)}.`);
}

/** Turns an error that a user can correct into a failed check. */
export async function look(check: CheckName, ask: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CodexSyncError) return [failed(check, error)];
    throw error;
  }
}
