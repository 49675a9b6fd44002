import { lstat, mkdir, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { includeFor } from '../documents/patterns.ts';
import { CodexSyncError } from '../errors.ts';
import { CONFIG_FILES, type ConfigText, PROJECT_DISK, readConfig, SHARED_FILE } from '../git/find-config.ts';
import { createClient, plainToken } from '../github/client.ts';
import { createOrganizationApi } from '../github/organization-api.ts';
import { parseConfig } from '../inputs/config.ts';
import { DEFAULT_BRANCHES } from '../inputs/environment.ts';
import { parseInputs } from '../inputs/parse.ts';
import { type FoundConfig, resolveCodex } from '../inputs/request.ts';
import { parseTrigger } from '../inputs/trigger.ts';
import type { Console } from '../report/log.ts';
import {
  checkProjectName,
  isRepository,
  ORGANIZATION,
  PROJECT_NAME,
  repositoryName,
  sameRepository,
} from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import type { TypedCommand } from './arguments.ts';
import { type Ask, askUntil, checkToken, isYes, type readTerminalRun } from './context.ts';
import {
  FIRST_CONFIG,
  type FirstFacts,
  type InitReport,
  type InitRequest,
  parseInit,
  planCodexConfig,
  planConfig,
  planWorkflows,
  writeInitLog,
} from './init-files.ts';

interface ListedCodex {
  /** `owner/name` */
  readonly fullName: string;
  readonly defaultBranch: string;
}

export interface InitSession {
  readonly root: string;
  /** `owner/name`; empty when no remote names it. */
  readonly repository: string | undefined;
  readonly defaultBranch: string;
  /** `undefined` in a run without a person. */
  readonly ask: Ask | undefined;
  readonly listCodexes: (organization: string) => Promise<ListedCodex[]>;
  /** Reads the repository's first configuration with settings for us. */
  readonly readConfig: () => Promise<FoundConfig | undefined>;
}

/**
 * Writes a configuration, and workflows on request. Asks or searches for missing values. Keeps a configuration of
 * Fractary's own command line: a second one beside it would have precedence, and the two would diverge.
 * @throws CodexSyncError `bad-input` for a missing value or an existing file; then nothing was written
 */
export async function initialize(request: InitRequest, session: InitSession): Promise<InitReport> {
  const { ask, root } = session;
  const ours = CONFIG_FILES.filter((file) => file !== SHARED_FILE && !(request.force && file === FIRST_CONFIG));
  const configs = await listExisting(root, ours);
  // A configuration of another name would have precedence, so `init` never writes one beside it.
  checkFree(
    configs,
    configs.every((file) => file === FIRST_CONFIG),
  );

  // `--force` replaces the first configuration, which need not be readable.
  const isReplaced = (await listExisting(root, [FIRST_CONFIG])).length > 0;
  const kept = isReplaced ? undefined : await session.readConfig();
  const isCodexOfOwn = !kept || sameRepository(keptCodex(kept).fullName, session.repository);
  const own = isCodexOfOwn ? await findOwnCodex(request, session) : undefined;
  if (kept && own !== undefined) checkFree([kept.file], false);
  if (own !== undefined) {
    const { defaultBranch } = session;
    const files = planCodexConfig({ codex: own, productionBranch: defaultBranch });
    await writeNewFiles(root, files, request.force);
    const written = [...files.keys()];
    const kind = 'codex';
    return {
      kind,
      codex: own,
      productionBranch: defaultBranch,
      defaultBranch,
      written,
      workflows: false,
      kept: undefined,
    };
  }
  if (kept) checkKept(kept, request);
  const codex = kept ? keptCodex(kept) : await chooseCodex(request, session);
  const project = kept ? '' : await chooseProject(request, ask);
  const workflows =
    request.workflows ??
    (ask ? isYes(await ask(`${kept ? 'Write' : 'Also write'} the two workflows? [Y/n] `), true) : false);
  const include = request.include ?? includeFor(await listFiles(root));
  const { exclude } = request;
  const { fullName, defaultBranch: productionBranch } = codex;
  const { defaultBranch } = session;
  const facts: FirstFacts = { codex: fullName, productionBranch, project, include, exclude, defaultBranch };
  const files = new Map([...(kept ? [] : planConfig(facts)), ...(workflows ? planWorkflows(facts) : [])]);
  if (!request.force) checkFree(await listExisting(root, files.keys()), true);
  await writeNewFiles(root, files, request.force);
  const written = [...files.keys()];
  return { kind: 'project', codex: fullName, productionBranch, defaultBranch, written, workflows, kept: kept?.file };
}

/** Refuses flags that repeat settings of a kept configuration: they would have no effect. */
function checkKept({ file }: FoundConfig, { given }: InitRequest): void {
  if (given.length === 0) return;
  throw new CodexSyncError(
    'bad-input',
    `${file} configures this project already (its codex section), and is kept, so nothing was written.`,
    `${given.join(', ')} would change nothing: edit the file, and leave the ${given.length === 1 ? 'flag' : 'flags'} out.`,
  );
}

function keptCodex(kept: FoundConfig): ListedCodex {
  const fullName = resolveCodex(undefined, kept);
  return { fullName, defaultBranch: kept.config.environments.branches.prod ?? DEFAULT_BRANCHES.prod };
}

/** This repository, if it is a codex and the user wants its own configuration, not one of a project in it. */
async function findOwnCodex(
  { project, codex }: InitRequest,
  { root, repository, ask }: InitSession,
): Promise<string | undefined> {
  if (repository === undefined || project !== undefined) return undefined;
  if (codex !== undefined && !sameRepository(codex, repository)) return undefined;
  const isNamed = isCodexName(repositoryName(repository));
  // Many repositories have a folder of that name, so a person must decide.
  if (!ask) return isNamed ? repository : undefined;
  if (!isNamed && (await listExisting(root, [PROJECTS])).length === 0) return undefined;
  const isOne = isNamed ? 'is' : 'may be';
  const choice = isNamed ? '[Y/n]' : '[y/N]';
  const question = `${repository} ${isOne} a codex. Write the configuration that holds for all of its projects? ${choice} `;
  return isYes(await ask(question), isNamed) ? repository : undefined;
}

const PROJECTS = 'projects';

function isCodexName(name: string): boolean {
  return /^codex(?:\.|$)/i.test(name);
}

function checkFree(existing: readonly string[], isOurs: boolean): void {
  if (existing.length === 0) return;
  const they = existing.length === 1 ? 'it' : 'them';
  throw new CodexSyncError(
    'bad-input',
    `${existing.join(' and ')} already ${existing.length === 1 ? 'exists' : 'exist'}, so nothing was written.`,
    isOurs ? 'Pass "--force" to overwrite.' : `Edit ${they}, or remove ${they} to start again with ${FIRST_CONFIG}.`,
  );
}

/** The named codex, else the only one, else a person's choice. */
async function chooseCodex({ codex, organization }: InitRequest, session: InitSession): Promise<ListedCodex> {
  const { ask } = session;
  if (codex !== undefined) return { fullName: codex, defaultBranch: 'main' };
  const isOrganization = (answer: string) => (ORGANIZATION.pattern.test(answer) ? undefined : ORGANIZATION.accepted);
  const owner =
    organization ??
    (ask && (await askUntil(ask, 'Which organization or user owns the codex?', undefined, isOrganization)));
  if (owner === undefined) {
    throw new CodexSyncError(
      'bad-input',
      'Cannot determine the codex: no remote "origin" names the organization.',
      'Pass "--codex-repository <owner>/<name>".',
    );
  }
  const found = await session.listCodexes(owner);
  if (ask === undefined) {
    const [only] = found;
    if (only && found.length === 1) return only;
    const names = found.map(({ fullName }) => fullName);
    const lacking =
      only === undefined
        ? `no visible repository of ${owner} is called codex.*`
        : `several repositories could be it: ${names.join(', ')}`;
    throw new CodexSyncError(
      'bad-input',
      `Cannot determine the codex: ${lacking}.`,
      'Pass "--codex-repository <owner>/<name>".',
    );
  }
  const usual = found[0]?.fullName;
  const others = found.length > 1 ? ` (found: ${found.map(({ fullName }) => fullName).join(', ')})` : '';
  const check = (answer: string) => (isRepository(answer) ? undefined : 'owner/name, such as acme/codex.acme.com');
  const fullName = await askUntil(ask, `Which repository is the codex?${others}`, usual, check);
  return found.find((one) => one.fullName === fullName) ?? { fullName, defaultBranch: 'main' };
}

async function chooseProject({ project, usualProject }: InitRequest, ask: InitSession['ask']): Promise<string> {
  if (project !== undefined) return project;
  const check = (answer: string) => (checkProjectName(answer) === undefined ? undefined : PROJECT_NAME.accepted);
  if (ask) return askUntil(ask, 'Folder of this project in the codex: projects/', usualProject, check);
  if (usualProject !== undefined) return usualProject;
  throw new CodexSyncError(
    'bad-input',
    'Cannot determine the project: no remote "origin" names it.',
    'Pass "--project".',
  );
}

export async function runInit(
  { flag }: TypedCommand,
  input: Awaited<ReturnType<typeof readTerminalRun>>,
  ask: InitSession['ask'],
  console: Console,
): Promise<void> {
  const inputs = parseInputs(input.given, { needsToken: false });
  const { apiUrl, serverUrl, repository, defaultBranch } = parseTrigger(input.context);
  const project = repository === undefined ? undefined : repositoryName(repository);
  const request = parseInit(inputs, flag, { organization: input.organization, project });

  async function listCodexes(organization: string): Promise<ListedCodex[]> {
    checkToken(inputs.token, serverUrl, input.variables);
    const connection = { apiUrl, debug: console.debug, warn: console.warning };
    const client = createClient(plainToken(inputs.token), connection);
    console.progress(`Reading the repositories of ${organization}`);
    const all = await createOrganizationApi(client, organization, 'person', 'token').listRepositories();
    console.progress();
    return all.filter(({ name, archived }) => !archived && isCodexName(name));
  }

  const parse = (text: ConfigText) => {
    const parsed = parseConfig(text);
    const usual = input.organization === undefined ? {} : { organization: input.organization };
    return parsed && { config: { ...usual, ...parsed.config }, file: text.file, inside: text.inside };
  };
  const result = await initialize(request, {
    root: input.workspace,
    repository,
    defaultBranch: defaultBranch ?? 'main',
    ask: flag('yes') ? undefined : ask,
    listCodexes,
    readConfig: () =>
      readConfig({ directory: input.workspace, root: input.workspace, path: '.' }, undefined, parse, PROJECT_DISK),
  });
  writeInitLog(result, console);
}

async function listExisting(root: string, paths: Iterable<string>): Promise<string[]> {
  const existing: string[] = [];
  for (const path of paths) {
    if (await lstat(join(root, path)).catch(() => undefined)) existing.push(path);
  }
  return existing;
}

/** Names in their own spelling, also where the file system ignores case. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

/**
 * Writes all files below a folder, or none when one has an obstacle; never through a link that leads out of it.
 * @param overwrites whether files may exist
 * @throws CodexSyncError `bad-checkout` when a folder on the way leads elsewhere, or for an obstacle
 */
async function writeNewFiles(root: string, files: ReadonlyMap<string, string>, overwrites: boolean): Promise<void> {
  const home = await realpath(root);
  for (const path of files.keys()) await checkPlace(home, path);
  for (const [path, text] of files) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text, { flag: overwrites ? 'w' : 'wx' });
  }
}

async function checkPlace(home: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (const index of parts.keys()) {
    const place = join(home, ...parts.slice(0, index + 1));
    const stats = await lstat(place).catch(() => undefined);
    if (!stats) return;
    const isLast = index === parts.length - 1;
    const target = await realpath(place).catch(() => undefined);
    if (stats.isSymbolicLink() && (isLast || !target?.startsWith(home + sep))) {
      throw new CodexSyncError(
        'bad-checkout',
        `"${printable(path)}" leads out of this repository through a symbolic link, so nothing is written.`,
        'Remove the link, then run this again.',
      );
    }
    if (isLast ? !stats.isFile() : !(await stat(place)).isDirectory()) {
      throw new CodexSyncError(
        'bad-checkout',
        `"${printable(path)}" cannot be written, since ${printable(parts.slice(0, index + 1).join('/'))} is in the way.`,
        'Move it, then run this again.',
      );
    }
  }
}
