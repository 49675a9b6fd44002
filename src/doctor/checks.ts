import { CODEX_CONFIG_FILE, type CodexConfig, type DocumentsPlace } from '../codex/codex-config.ts';
import type { Manifest } from '../codex/manifest.ts';
import { type PreviewKey, previewLabel } from '../codex/overlay.ts';
import { place } from '../codex/publication.ts';
import { includePhrases, type UnmatchedPattern, unmatchedProblems } from '../documents/unmatched-patterns.ts';
import { CodexSyncError, type Problem } from '../errors.ts';
import { DEFAULT_BRANCHES, type Environment } from '../inputs/environment.ts';
import { isMoreVisible } from '../inputs/guards.ts';
import type { Visibility } from '../inputs/trigger.ts';
import type { WorkflowFacts } from '../inputs/workflow-file.ts';
import { sameRepository } from '../text/names.ts';
import { count, nameSome, printable, SHORT_ID } from '../text/phrases.ts';
import { inputName, inputValue, modeName, setInput, spelled, tokenPhrase } from '../text/spell-inputs.ts';
import type { CheckName } from './faults.ts';
import type { Check } from './report.ts';
import { type DoctorRequest, isUnknown } from './request.ts';

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

/** A state in which `sync-project` refuses; a job that only fetches works. */
export function refusal(check: CheckName, { problem, hint = '' }: Problem): Check {
  return { ...warning(check, problem, hint), stopsPublishing: true };
}

/** With a token that may push and documents to publish, a refusal is a failure. Any other job may only fetch. */
export function failRefusals(checks: readonly Check[], publishes: boolean): Check[] {
  return checks.map((one) => (publishes && one.stopsPublishing ? { ...one, state: 'failed' } : one));
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

/** Problems of a run's own inputs and files; those of other checks are listed with them. */
export function faultChecks({ faults }: Pick<DoctorRequest, 'faults'>, ...checks: readonly CheckName[]): Check[] {
  return faults.filter(({ check }) => checks.includes(check)).map(({ check, problem }) => failed(check, problem));
}

/** Checks that cannot be made; the faults of their own inputs remain. */
export function notChecked(request: DoctorRequest, checks: readonly CheckName[], because: string): Check[] {
  return checks.flatMap((check) => {
    const faults = faultChecks(request, check);
    return faults.length > 0 ? faults : [notLookedAt(check, because)];
  });
}

export function configurationChecks(request: DoctorRequest): Check[] {
  const { file, leftOut, environment, notices, warnings, unmerged } = request;
  const faults = faultChecks(request, 'configuration');
  const without = leftOut.length === 0 ? '' : ` without ${nameSome(leftOut)}`;
  const read =
    file === undefined ? 'There is none, so inputs and defaults apply' : `${printable(file)} is read${without}`;
  const isRead = file !== undefined || faults.length === 0;
  const used = isUnknown(environment)
    ? ''
    : ` The environment is ${environment.name} (branch ${printable(environment.branch)}), ${originPhrase(environment.origin)}.`;
  return [
    ...faults,
    ...(isRead ? [ok('configuration', `${read}.${used}`)] : []),
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

export function codexChecks(codex: string, facts: CodexFacts): Check[] {
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
  environment: DoctorRequest['environment'],
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
  const isMapped = environments.written && !isUnknown(environment);
  const mapped = isMapped ? ` Environment ${environment.name} is branch ${printable(environment.branch)} there.` : '';
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
  allowPublic: DoctorRequest['allowPublic'],
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
  if (visibility && isMoreVisible(visibility, project.visibility) && allowPublic !== true) {
    const message = `The project is ${project.visibility} and the codex is ${visibility}: publishing is refused, since more people would see the documents.`;
    checks.push(
      isUnknown(allowPublic)
        ? notLookedAt('project-token', allowPublic.unknown)
        : refusal('project-token', {
            problem: message,
            hint: `If that is meant, ${setInput('allow-public', 'true')}.`,
          }),
    );
  }
  return checks;
}

/** A reason of checks that ask GitHub. */
export const NO_ANSWER = 'GitHub did not answer';

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

export function cacheDirectoryCheck(cacheDir: string): Check {
  return ok('cache', `Documents can be written to ${printable(cacheDir)}.`);
}

/** Turns an error that a user can correct into a failed check for each of its problems. */
export async function look(check: CheckName, ask: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CodexSyncError) return failures(check, error);
    throw error;
  }
}

function failures(check: CheckName, error: CodexSyncError): Check[] {
  return error.parts.map((problem) => failed(check, problem));
}

export function checkoutCheck(commit: string): Check {
  return ok('checkout', `Commit ${commit.slice(0, SHORT_ID)} is checked out.`);
}

/** Whether the patterns select documents, and which of them select none. */
export function patternsChecks(
  include: readonly string[],
  documents: number,
  unmatched: readonly UnmatchedPattern[],
): Check[] {
  const check = 'patterns';
  if (documents === 0) {
    const message = `They select no document: ${nameSome(includePhrases(include, unmatched))}.`;
    const hint = `Correct ${inputName('include')} (sync_patterns), unless this repository only fetches documents.`;
    return [warning(check, message, hint)];
  }
  const those = unmatchedProblems(unmatched).map((problem) => ({
    ...failed(check, problem),
    state: 'warning' as const,
  }));
  return [ok(check, `They select ${count(documents, 'document')}.`), ...those];
}

/** Fetched documents that a commit could publish as the project's own. */
export function exposedChecks(
  cacheDir: string,
  {
    committed,
    unignored,
    isIgnored,
  }: Readonly<Record<'committed' | 'unignored', readonly string[]>> & { readonly isIgnored: boolean },
): Check[] {
  const folder = printable(cacheDir);
  const checks: Check[] = [];
  if (committed.length > 0) {
    const message = `${count(committed.length, 'file')} of ${folder} ${committed.length === 1 ? 'is' : 'are'} committed: ${nameSome(committed)}.`;
    checks.push(warning('cache', message, `Remove them from git ("git rm -r --cached ${folder}"), and commit that.`));
  }
  if (unignored.length > 0 || !isIgnored) {
    const those = unignored.length > 0 ? `: ${nameSome(unignored)}` : '';
    const message = `Git does not ignore ${folder}, so a commit may contain fetched documents${those}.`;
    checks.push(warning('cache', message, `Add "/${folder}/" to the .gitignore of the repository.`));
  }
  return checks;
}

/** Whether a workflow of the checkout ends the previews that the workflows there publish. */
export function workflowsCheck(workflows: ReadonlyMap<string, WorkflowFacts>): Check | undefined {
  const check = 'workflows';
  const ours = [...workflows].filter(([, { publishes, pullRequestTypes }]) => publishes && pullRequestTypes);
  if (ours.length === 0) return undefined;
  const files = nameSome(ours.map(([file]) => file));
  if (ours.some(([, { pullRequestTypes }]) => pullRequestTypes?.includes('closed'))) {
    return ok(check, `${files}: previews end with their pull requests.`);
  }
  const message = `No workflow ends the previews of ${files}: none has the type "closed", so they stay until the next publication from the default branch.`;
  const hint = 'Add it under "on": "types: [opened, reopened, synchronize, closed]".';
  return warning(check, message, hint);
}

export function folderCheck(
  project: string,
  environment: string,
  { source }: Pick<Manifest, 'source'>,
  ours: DocumentsPlace,
  isOurs: boolean,
  adopt: DoctorRequest['adopt'],
): Check {
  const check = 'project-folder';
  const folder = `projects/${project}`;
  if (!source) {
    return ok(check, `Nothing was published to ${folder} in ${environment} yet, as far as a manifest there says.`);
  }
  if (isOurs) {
    const { commit } = source;
    const from = commit === undefined ? 'previews only' : `commit ${commit.slice(0, SHORT_ID)}`;
    return ok(check, `${folder} in ${environment} belongs to ${place(source)} (${from}).`);
  }
  const message = `${folder} in ${environment} belongs to ${place(source)}, and this is ${place(ours)}: publishing to it is refused.`;
  const adoption = inputValue('adopt', 'true');
  const hint = `Give this project another name (${inputName('project')}, or project_name), or take the folder over with "${adoption}".`;
  return adopt === false ? refusal(check, { problem: message, hint }) : warning(check, message, hint);
}

/** @param leftover previews that should not be there any more, with the reason */
export function leftoverPreviewsCheck(environment: string, leftover: ReadonlyMap<PreviewKey, string>): Check[] {
  if (leftover.size === 0) return [];
  const those = [...leftover].map(([key, why]) => `${previewLabel(key)} (${why})`);
  const message = `${environment} has ${count(leftover.size, 'preview')} that nothing ended: ${nameSome(those)}.`;
  const hint = `Publish from the default branch, which ends them, or end one with "${modeName('retire')}" and ${inputName('preview')}. See that the workflow of pull requests runs on "closed".`;
  return [warning('previews', message, hint)];
}
