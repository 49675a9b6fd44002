import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import { nearest } from '../text/suggest.ts';
import { type AppKey, EMPTY_SECRET, parseAppKey } from './app-key.ts';
import {
  CONFLICT_RULES,
  type ConflictRule,
  INPUTS,
  type InputDefinition,
  type InputName,
  SOURCE_REFS,
  type SourceRef,
} from './definitions.ts';
import { DIRECTIONS, type Direction } from './direction.ts';
import { environmentName } from './environment.ts';
import { MODES, type Mode, takesProjects } from './modes.ts';
import { type Author, type PreviewName, readers, type Shard } from './values.ts';

/** What the inputs say, checked one by one; `undefined` or an empty list means "not given". */
export interface Inputs {
  readonly mode: Mode;
  readonly env: string | undefined;
  /** Empty only where an App acts instead. */
  readonly token: string;
  /** Who acts in the codex instead of the token. */
  readonly app: AppKey | undefined;
  readonly projectToken: string | undefined;
  readonly projectRepository: string | undefined;
  readonly codexRepository: string | undefined;
  readonly config: string | undefined;
  readonly workingDirectory: string;
  readonly dryRun: boolean;
  /** One name; `undefined` where the mode takes several. */
  readonly project: string | undefined;
  /** Names and globs, for the mode that takes several. */
  readonly projects: readonly string[];
  readonly direction: Direction | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly includeIgnored: readonly string[];
  readonly includeLfs: boolean;
  readonly onConflict: ConflictRule;
  readonly deletionThreshold: number | undefined;
  readonly deletionThresholdPercent: number | undefined;
  readonly allowEmpty: boolean;
  readonly allowOlder: boolean;
  readonly adopt: boolean;
  readonly allowPublic: boolean;
  readonly productionRefs: readonly string[];
  readonly stableRefs: readonly string[];
  readonly releaseEdits: boolean;
  /** A pull request's number, or `heads/<branch>`. */
  readonly preview: PreviewName | undefined;
  readonly comment: boolean;
  readonly author: Author;
  readonly commitMessage: string;
  /** The words of `from`. */
  readonly from: string;
  readonly releaseHold: boolean;
  readonly reason: string | undefined;
  readonly organization: string | undefined;
  /** Globs on names of repositories. */
  readonly repositories: readonly string[];
  readonly excludeRepositories: readonly string[];
  readonly sourceRef: SourceRef | undefined;
  readonly parallel: number | undefined;
  readonly shard: Shard;
  /** The words of `references`, lines and comments included. */
  readonly references: string;
  readonly cacheDir: string;
  readonly useCache: boolean;
  readonly fallbackToStale: boolean | undefined;
  readonly failOnCacheMiss: boolean;
  readonly lookupOnly: boolean;
}

/** So many repositories are read at a time at most. */
const MOST_PARALLEL = 20;

const PREFIX = 'INPUT_';

/** The variable in which GitHub's runner hands over an input: upper case, hyphens kept. */
export function inputVariable(name: string): string {
  return PREFIX + name.replaceAll(' ', '_').toUpperCase();
}

/** The mode of a run, before anything else is read; `undefined` when it is none, which `parseInputs` then says. */
export function parseMode(variables: Readonly<Record<string, string | undefined>>): Mode | undefined {
  const given = variables[inputVariable('mode')]?.trim() || INPUTS.mode.default;
  return MODES.find((mode) => mode === given);
}

/**
 * Reads the inputs from the variables of a run (`INPUT_*`).
 * @param needsToken whether a run without anything to act with is an error
 * @throws CodexSyncError `bad-input` with one line for each input that cannot be used (NFR2, NFR3), near-misses of a
 * name included: the runner only warns about those, and the run would do the opposite of what was meant.
 */
export function parseInputs(
  variables: Readonly<Record<string, string | undefined>>,
  { needsToken = true }: { readonly needsToken?: boolean } = {},
): Inputs {
  const problems = nearMisses(Object.keys(variables));
  const given = (name: InputName): string | undefined => variables[inputVariable(name)]?.trim() || undefined;
  const read = readers((name: InputName) => given(name) ?? (INPUTS[name] as InputDefinition).default, problems);

  const env = given('env') ?? given('environment');
  if (environmentName(given('environment') ?? env ?? '') !== environmentName(env ?? '')) {
    problems.push(
      `Inputs "env" and "environment" are one input, but say "${printable(env ?? '', 64)}" and "${printable(given('environment') ?? '', 64)}". Give only "env".`,
    );
  }
  const credentials = {
    appId: given('app-id'),
    privateKey: given('private-key'),
    token: given('token'),
    projectToken: given('project-token'),
  };
  const { appId, privateKey, token, projectToken } = credentials;
  const app = parseAppKey(credentials, problems);
  const mode = read.choice('mode', MODES) ?? 'sync-project';
  // What a list of caches is about lies on disk.
  if (needsToken && mode !== 'cache-list' && (token ?? appId ?? privateKey) === undefined)
    problems.push(`Input "token" is empty. ${EMPTY_SECRET}`);
  const inputs: Inputs = {
    mode,
    env,
    token: token ?? '',
    app,
    projectToken,
    projectRepository: read.repository('project-repository'),
    codexRepository: read.repository('codex-repository'),
    config: given('config'),
    workingDirectory: given('working-directory') ?? '.',
    dryRun: read.boolean('dry-run'),
    project: takesProjects(mode) ? undefined : read.projectName('project'),
    projects: takesProjects(mode) ? read.projectNames('project') : [],
    direction: read.choice('direction', DIRECTIONS),
    include: read.globs('include'),
    exclude: read.globs('exclude'),
    includeIgnored: read.globs('include-ignored'),
    includeLfs: read.boolean('include-lfs'),
    onConflict: read.choice('on-conflict', CONFLICT_RULES) ?? 'project',
    deletionThreshold: read.count('deletion-threshold'),
    deletionThresholdPercent: read.percent('deletion-threshold-percent'),
    allowEmpty: read.boolean('allow-empty'),
    allowOlder: read.boolean('allow-older'),
    adopt: read.boolean('adopt'),
    allowPublic: read.boolean('allow-public'),
    productionRefs: read.refGlobs('production-refs'),
    stableRefs: read.refGlobs('stable-refs'),
    releaseEdits: read.boolean('release-edits'),
    preview: read.preview('preview'),
    comment: read.boolean('comment'),
    author: read.author('author'),
    commitMessage: read.line('commit-message'),
    from: read.line('from'),
    releaseHold: read.boolean('release-hold'),
    reason: read.reason('reason'),
    organization: read.organization('organization'),
    repositories: read.repositoryNames('repositories'),
    excludeRepositories: read.repositoryNames('exclude-repositories'),
    sourceRef: read.choice('source-ref', SOURCE_REFS),
    parallel: read.between('parallel', 1, MOST_PARALLEL),
    shard: read.shard('shard'),
    references: given('references') ?? '',
    cacheDir: read.line('cache-dir'),
    useCache: read.boolean('use-cache'),
    fallbackToStale: given('fallback-to-stale') === undefined ? undefined : read.boolean('fallback-to-stale'),
    failOnCacheMiss: read.boolean('fail-on-cache-miss'),
    lookupOnly: read.boolean('lookup-only'),
  };
  if (problems.length > 0) throw new CodexSyncError('bad-input', problems.join('\n'));
  return inputs;
}

function nearMisses(variables: readonly string[]): string[] {
  const names = Object.keys(INPUTS);
  return variables
    .filter((variable) => variable.startsWith(PREFIX))
    .map((variable) => variable.slice(PREFIX.length).toLowerCase())
    .filter((word) => !names.includes(word))
    .flatMap((word) => {
      const meant = nearest(word.replaceAll('_', '-'), names);
      return meant ? [`Input "${printable(word)}" does not exist. Did you mean "${meant}"? Nothing was done.`] : [];
    });
}
