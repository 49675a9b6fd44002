import { CodexSyncError } from '../errors.ts';
import { type BranchName, branchName } from '../text/ids.ts';
import { nearest, printable } from '../text/phrases.ts';
import { inputSubject } from '../text/spell-inputs.ts';

/** The environment when none is given or configured: a mistake there costs less than in production (FR2). */
export const ENVIRONMENT_DEFAULT = 'test';

/** Two names of one environment; logs, caches and manifests use the first. */
export const PRODUCTION_NAMES = ['prod', 'production'] as const;

/** The codex branch of each environment that exists without a configuration (FR3). */
export const DEFAULT_BRANCHES: Readonly<Record<'test' | (typeof PRODUCTION_NAMES)[number], BranchName>> = {
  test: branchName('test'),
  prod: branchName('main'),
  production: branchName('main'),
};

/** The configured environments: `branches` maps every known name to its codex branch (FR6). */
export interface Environments {
  default?: string;
  branches: Record<string, BranchName>;
  /** The environments whose branch is in the file; the others have their default branch. */
  written?: string[];
  /** Entries that name stable refs in addition to the default ones. */
  stableRefs?: string[];
  /** Entries that name refs of the release line in addition to the default ones. */
  productionRefs?: string[];
}

/** The refs that a run's inputs or the merged configuration name. */
export interface RefLists {
  /** Refs whose runs publish documents outside production, in addition to the release line. */
  readonly stable: readonly string[];
  /** Refs of the release line in addition to the default branch and tags. */
  readonly production: readonly string[];
}

/** The environment of a run. Production is a branch, not a name: every name with the branch of `prod` is production. */
export interface Environment {
  name: string;
  branch: BranchName;
  production: boolean;
  productionBranch: BranchName;
  /** The source of the choice: an input of this run, the configuration file, or the built-in default. */
  origin: 'input' | 'config' | 'default';
  /** The branches that the project's configuration sets, if any. */
  written?: WrittenBranches;
}

/** Environments whose branches a file sets. */
interface WrittenBranches {
  file: string;
  branches: Record<string, BranchName>;
}

/** One name for each environment: `production` becomes `prod`, every other name is unchanged. */
export function environmentName(name: string): string {
  return name === 'production' ? 'prod' : name;
}

/** Whether every project knows the environment `asked`, without a configuration. */
export function isBuiltIn(asked: string | undefined): boolean {
  return Object.hasOwn(DEFAULT_BRANCHES, environmentName(asked?.trim() || ENVIRONMENT_DEFAULT));
}

/**
 * The environment of a run: `asked` (the `env` input; blank is not given), else the configured default, else `test` (FR1,
 * FR2). Its branch is always a configured one, never derived from the name (FR3). `configFile` only completes the message
 * with the place for a new environment.
 * @throws CodexSyncError before all other steps (NFR2) when the name is not configured: `bad-input` for the input,
 * `bad-config` for the configured default
 */
export function resolveEnvironment(
  asked: string | undefined,
  environments: Environments,
  configFile = '.fractary/plugins/codex/config.json',
): Environment {
  const given = asked?.trim() || undefined;
  const origin = given !== undefined ? 'input' : environments.default !== undefined ? 'config' : 'default';
  const name = environmentName(given ?? environments.default ?? ENVIRONMENT_DEFAULT);
  const branches = new Map(Object.entries({ ...DEFAULT_BRANCHES, ...environments.branches }));
  const productionBranch = branches.get('prod') ?? DEFAULT_BRANCHES.prod;
  const branch = branches.get(name);
  if (branch === undefined) {
    const names = listEnvironmentNames(Object.keys(environments.branches));
    const meant = nearestEnvironment(name, names);
    throw new CodexSyncError(
      origin === 'input' ? 'bad-input' : 'bad-config',
      `Environment "${printable(name, 64)}" is not configured.`,
      `${meant === undefined ? '' : `Did you mean "${meant}"? `}Use one of: ${names.join(', ')}. ` +
        `To add it, map it to a branch under environments.branches in ${configFile}.`,
    );
  }
  const production = branch === productionBranch;
  return { name, branch, production, productionBranch, origin, ...writtenBranches(environments, configFile) };
}

/** Names are lower case, so another case is the likeliest mistake. */
function nearestEnvironment(name: string, names: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  return names.includes(lower) ? lower : nearest(lower, names);
}

function writtenBranches({ written, branches }: Environments, file: string): Pick<Environment, 'written'> {
  if (!written) return {};
  const known = written.map((name) => [name, branches[name] ?? '']);
  return { written: { file, branches: Object.fromEntries(known) } };
}

/** Every valid name, for messages: the built-in ones first, then the `configured` ones in their order. */
export function listEnvironmentNames(configured: readonly string[]): string[] {
  return [...new Set([...Object.keys(DEFAULT_BRANCHES), ...configured])];
}

/** The source of a release: an environment now, or at an earlier commit of the codex. */
export interface SourceEnvironment {
  readonly environment: Environment;
  /** Full id of a commit of the codex; `undefined` for the branch's tip. */
  readonly commit: string | undefined;
}

/**
 * Reads the input `from`: `<env>` or `<env>@<codex commit>`.
 * @param configFile the place for a new environment, for the message
 * @throws CodexSyncError `bad-input` with one sentence
 */
export function parseSourceEnvironment(
  from: string,
  environments: Environments,
  configFile?: string,
): SourceEnvironment {
  const at = from.indexOf('@');
  const name = (at === -1 ? from : from.slice(0, at)).trim();
  const commit = at === -1 ? undefined : from.slice(at + 1).trim();
  if (name === '' || (commit !== undefined && !/^[0-9a-f]{40}$/i.test(commit))) {
    throw new CodexSyncError(
      'bad-input',
      `${inputSubject('from')} is "${printable(from, 150)}".`,
      'Use an environment, such as test, or <env>@<commit> with the full id of a commit of the codex (40 hexadecimal digits).',
    );
  }
  return { environment: resolveEnvironment(name, environments, configFile), commit: commit?.toLowerCase() };
}
