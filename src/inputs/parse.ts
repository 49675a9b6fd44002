import { globProblem, isGlob, refGlobProblem } from '../documents/patterns.ts';
import { CodexSyncError } from '../errors.ts';
import { checkProjectName, isRepository, ORGANIZATION } from '../text/names.ts';
import { printable } from '../text/printable.ts';
import { nearest } from '../text/suggest.ts';
import {
  CONFLICT_RULES,
  type ConflictRule,
  DIRECTIONS,
  type Direction,
  INPUTS,
  type InputDefinition,
  type InputName,
  SOURCE_REFS,
  type SourceRef,
} from './definitions.ts';
import { environmentName } from './environment.ts';
import { MODES, type Mode, takesProjects } from './modes.ts';
import { type AppKey, EMPTY_SECRET, parseAppKey } from './secrets.ts';

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
const MAX_PARALLEL = 20;

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
    parallel: read.between('parallel', 1, MAX_PARALLEL),
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
    .filter((text) => !names.includes(text))
    .flatMap((text) => {
      const meant = nearest(text.replaceAll('_', '-'), names);
      return meant ? [`Input "${printable(text)}" does not exist. Did you mean "${meant}"? Nothing was done.`] : [];
    });
}

/** Who a commit is by. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** One share of several, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What a preview belongs to: a pull request's number, or a branch. */
export type PreviewName = `${number}` | `heads/${string}`;

/** More than this is no reason but a text. */
const MAX_REASON = 500;

/** Splits a list input: one entry a line, blank lines dropped. */
export function parseLines(text: string | undefined): string[] {
  return (text ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * One reader for each kind of input. A reader takes the words of an input and returns its value; words it cannot use
 * become one sentence in `problems` (what was given, what is accepted), so that a run reports all of them at once.
 */
export function readers<Name extends string>(text: (name: Name) => string | undefined, problems: string[]) {
  function refuse(name: Name, accepted: string): undefined {
    problems.push(`Input "${name}" is "${printable(text(name) ?? '', 100)}". ${accepted}`);
  }

  function names(name: Name, of: 'projects' | 'repositories', isName: (line: string) => boolean): string[] {
    const lines = parseLines(text(name));
    for (const line of lines) {
      if (!line.includes('/') && globProblem(line) === undefined && (isGlob(line) || isName(line))) continue;
      problems.push(
        `Input "${name}" has "${printable(line, 100)}". Use names of ${of} or globs without "/" and "!" on them, one a line, such as widgets or doc-*.`,
      );
    }
    return lines;
  }

  return {
    choice<T extends string>(name: Name, choices: readonly T[]): T | undefined {
      const given = text(name);
      if (given === undefined) return undefined;
      return choices.find((choice) => choice === given) ?? refuse(name, `Use one of: ${choices.join(', ')}.`);
    },

    boolean(name: Name): boolean {
      const given = text(name)?.toLowerCase() ?? 'false';
      if (given !== 'true' && given !== 'false') refuse(name, 'Use true or false.');
      return given === 'true';
    },

    count(name: Name): number | undefined {
      const given = text(name);
      if (given === undefined || /^\d{1,15}$/.test(given)) return given === undefined ? undefined : Number(given);
      return refuse(name, 'Use a whole number, 0 or more.');
    },

    between(name: Name, least: number, limit: number): number | undefined {
      const given = text(name);
      if (given === undefined) return undefined;
      if (/^\d{1,15}$/.test(given) && Number(given) >= least && Number(given) <= limit) return Number(given);
      return refuse(name, `Use a whole number from ${least} to ${limit}.`);
    },

    shard(name: Name): Shard {
      const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text(name) ?? '1/1') ?? [];
      const shard = { index: Number(index), count: Number(count) };
      if (shard.index >= 1 && shard.index <= shard.count) return shard;
      refuse(name, 'Use i/n with i from 1 to n, such as 2/3 for the second of three jobs.');
      return { index: 1, count: 1 };
    },

    percent(name: Name): number | undefined {
      const given = text(name);
      if (given === undefined) return undefined;
      if (/^\d+(?:\.\d+)?$/.test(given) && Number(given) <= 100) return Number(given);
      return refuse(name, 'Use a number from 0 to 100.');
    },

    repository(name: Name): string | undefined {
      const given = text(name);
      if (given === undefined || isRepository(given)) return given;
      return refuse(name, 'Use owner/name, such as acme/codex.acme.com.');
    },

    organization(name: Name): string | undefined {
      const given = text(name);
      if (given === undefined || ORGANIZATION.pattern.test(given)) return given;
      return refuse(name, `Use ${ORGANIZATION.accepted}.`);
    },

    projectName(name: Name): string | undefined {
      const given = text(name);
      if (given === undefined) return undefined;
      const accepted = checkProjectName(given);
      return accepted === undefined ? given : refuse(name, accepted);
    },

    /** Names of projects and globs on them, one a line. */
    projectNames: (name: Name) => names(name, 'projects', (line) => !checkProjectName(line)),

    /** The same of repositories. */
    repositoryNames: (name: Name) => names(name, 'repositories', () => true),

    globs(name: Name): string[] {
      const globs = parseLines(text(name));
      for (const glob of globs) {
        const accepted = globProblem(glob);
        if (accepted) problems.push(`Input "${name}" has "${printable(glob, 100)}". Use ${accepted}.`);
      }
      return globs;
    },

    refGlobs(name: Name): string[] {
      const globs = parseLines(text(name));
      const accepted = globs.map(refGlobProblem).find((problem) => problem !== undefined);
      if (accepted) refuse(name, `Use ${accepted}.`);
      return globs;
    },

    author(name: Name): Author {
      const match = /^([^<>\p{Cc}]*[^<>\p{Cc}\s]) <([^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+)>$/u.exec(text(name) ?? '');
      // Git takes no name that is punctuation only.
      if (match?.[1] && match[2] && /[\p{L}\p{N}]/u.test(match[1])) return { name: match[1], email: match[2] };
      refuse(name, 'Use Name <email@example.com>.');
      return { name: '', email: '' };
    },

    preview(name: Name): PreviewName | undefined {
      const given = text(name);
      if (given === undefined) return undefined;
      const number = /^#?([1-9]\d{0,14})$/.exec(given)?.[1];
      if (number !== undefined) return number as PreviewName;
      if (/^heads\/\P{Cc}+$/u.test(given)) return given as PreviewName;
      return refuse(name, "Use a pull request's number, such as 12, or heads/<branch>.");
    },

    /** It is written into manifests, which take no control characters and no half of a character. */
    reason(name: Name): string | undefined {
      const given = text(name);
      if (given === undefined) return undefined;
      if (!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(given) && given.isWellFormed() && given.length <= MAX_REASON) return given;
      return refuse(name, `Use one line of at most ${MAX_REASON} characters.`);
    },

    line(name: Name): string {
      const given = text(name) ?? '';
      if (/\p{Cc}/u.test(given)) refuse(name, 'Use one line.');
      return given;
    },
  };
}
