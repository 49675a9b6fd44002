import { CodexSyncError } from '../errors.ts';
import { type Config, type ProjectOwner, parseConfig } from '../inputs/config.ts';
import { DEFAULT_BRANCHES, type Environment, listEnvironmentNames } from '../inputs/environment.ts';
import type { BranchName } from '../text/ids.ts';
import { sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';

/** The codex's rules for every project, on its default branch. */
export const CODEX_CONFIG_FILE = '.fractary/codex.yaml';

export interface CodexConfig {
  readonly file: string;
  readonly config: Config;
  readonly warnings: readonly string[];
}

interface CodexPlace {
  readonly fullName: string;
  readonly defaultBranch: BranchName;
}

/** @throws CodexSyncError `bad-config` */
export function parseCodexConfig(text: string, codex: string): CodexConfig {
  const file = `${codex}:${CODEX_CONFIG_FILE}`;
  const { config, warnings } = parseConfig({ text, file });
  return { file, config, warnings };
}

/**
 * Places a run on the codex's branch of its environment; without one, on the project's.
 * @throws CodexSyncError `bad-config` when the codex lacks the name, maps it to another branch than the project's
 * configuration, or has its configuration on a branch that is not production
 */
export function placeEnvironment(
  environment: Environment,
  codexConfig: CodexConfig | undefined,
  { fullName, defaultBranch }: CodexPlace,
): Environment {
  if (!codexConfig) return environment;
  const { file, config } = codexConfig;
  const { branches, written } = config.environments;
  const production = written ? (branches.prod ?? DEFAULT_BRANCHES.prod) : environment.productionBranch;
  checkProductionBranch(production, file, { fullName, defaultBranch });
  if (!written) return environment;
  const { name } = environment;
  const branch = Object.hasOwn(branches, name) ? branches[name] : undefined;
  if (branch === undefined) {
    const names = listEnvironmentNames(Object.keys(branches)).join(', ');
    const where = environment.written?.file ?? 'the configuration of the project';
    throw new CodexSyncError(
      'bad-config',
      `Environment "${printable(name, 64)}" is mapped in ${where}, but not under environments.branches in ${file}.`,
      `Use one of: ${names}; or add it in ${file}.`,
    );
  }
  checkSame(name, environment, branch, file);
  checkSame('prod', environment, production, file);
  return { ...environment, branch, production: branch === production, productionBranch: production };
}

/**
 * Without an environment of a project, the codex's own configuration must be on the branch that it calls production.
 * @throws CodexSyncError `bad-config`
 */
export function checkCodexConfig({ file, config }: CodexConfig, codex: CodexPlace): void {
  const { branches, written } = config.environments;
  if (written) checkProductionBranch(branches.prod ?? DEFAULT_BRANCHES.prod, file, codex);
}

function checkProductionBranch(production: BranchName, file: string, { fullName, defaultBranch }: CodexPlace): void {
  if (defaultBranch === production) return;
  throw new CodexSyncError(
    'bad-config',
    `${file} is on ${printable(defaultBranch)}, the default branch of ${fullName}, and production is branch ${printable(production)}.`,
    `Make ${printable(production)} the default branch there, or set environments.branches.prod to "${printable(defaultBranch)}" in both configurations.`,
  );
}

function checkSame(name: string, { written }: Environment, branch: BranchName, file: string): void {
  const own = written && Object.hasOwn(written.branches, name) ? written.branches[name] : undefined;
  if (!written || own === undefined || own === branch) return;
  throw new CodexSyncError(
    'bad-config',
    `Environment ${name} is branch "${printable(own)}" in ${written.file}, but branch "${printable(branch)}" in ${file}.`,
    `Remove it from environments.branches in ${written.file}, or use the same branch in both.`,
  );
}

/** The codex's rule about the owner of a project; `free` without one. */
export type Listing =
  | { readonly kind: 'free' }
  | { readonly kind: 'unlisted'; readonly file: string }
  | { readonly kind: 'listed'; readonly name: string; readonly owner: ProjectOwner; readonly file: string };

/** Finds a project in the codex's list without regard to case, because such folders are one on many systems. */
export function findListing(codexConfig: CodexConfig | undefined, project: string): Listing {
  const { projects = {}, unlisted } = codexConfig?.config ?? {};
  const entry = Object.entries(projects).find(([name]) => name.toLowerCase() === project.toLowerCase());
  const file = codexConfig?.file ?? '';
  if (entry) return { kind: 'listed', name: entry[0], owner: entry[1], file };
  return unlisted === 'refuse' ? { kind: 'unlisted', file } : { kind: 'free' };
}

/** A repository, and the directory in it that a project is published from. */
export interface DocumentsPlace {
  readonly repository: string;
  readonly directory: string;
}

/** Whether `ours` may publish a project that is listed for `owner`; GitHub must decide about another name. */
export function ownsListed(owner: ProjectOwner, ours: DocumentsPlace): 'yes' | 'no' | 'if renamed' {
  if (owner.directory !== ours.directory) return 'no';
  return sameRepository(owner.repository, ours.repository) ? 'yes' : 'if renamed';
}
