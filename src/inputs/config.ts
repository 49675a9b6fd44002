import type * as z from 'zod';
import { fromNodeGlob } from '../documents/patterns.ts';
import { CodexSyncError, type Problem, problemText } from '../errors.ts';
import { type BranchName, branchName } from '../text/ids.ts';
import { BRANCH_NAME, ENVIRONMENT_NAME, PROJECT_NAME, RESERVED_ENVIRONMENT_NAMES, type Rule } from '../text/names.ts';
import { nearest } from '../text/phrases.ts';
import {
  type ConfigPath,
  type ConfigSource,
  type ConfigTree,
  type Finding,
  parseConfigText,
  shown,
} from './config-file.ts';
import { configSchema, DAY, isMap, spellingConflicts, unknownKeys } from './config-schema.ts';
import type { Direction } from './definitions.ts';
import { DEFAULT_BRANCHES, type Environments, environmentName, listEnvironmentNames } from './environment.ts';

/** The checked content of the configuration file; an absent setting has its default at the input. */
export interface Config {
  organization?: string;
  codexRepo?: string;
  projectName?: string;
  syncPatterns?: string[];
  excludePatterns?: string[];
  /** Exclusions in addition to `excludePatterns` or the defaults. */
  moreExclusions?: string[];
  /** References for a fetch without any, with `{org}`, `{project}` and `{codex_repo}` not yet replaced. */
  references?: ConfiguredReferences;
  syncDirection?: Direction;
  environments: Environments;
  deletionThreshold?: number;
  deletionThresholdPercent?: number;
  parallelRepos?: number;
  cache?: { defaultTtl?: number; fallbackToStale?: boolean };
  /** The repository of each project; has effect in the codex's own configuration only. */
  projects?: Record<string, ProjectOwner>;
  /** Whether projects that are not listed are refused; has effect in the codex's own configuration only. */
  unlisted?: 'refuse';
}

export interface ConfiguredReferences {
  key: string;
  texts: string[];
}

/** The repository and the directory in it that own a project. */
export interface ProjectOwner {
  /** `owner/name` */
  repository: string;
  directory: string;
}

/** A configuration and remarks for its author: `notices` are harmless, `warnings` name keys without effect. */
export interface ParsedConfig {
  config: Config;
  notices: string[];
  warnings: string[];
}

/** The configuration of a project without a file. */
export const DEFAULT_CONFIG: Config = { environments: { branches: { ...DEFAULT_BRANCHES } } };

/**
 * Reads a configuration file (FR6). Undefined when the file lacks the `section`.
 * @throws CodexSyncError `bad-config` that lists every problem, each on its own line with file, line, dotted key, given
 * value and accepted values (NFR3)
 */
export function parseConfig(source: ConfigSource & { section?: never }): ParsedConfig;
export function parseConfig(source: ConfigSource): ParsedConfig | undefined;
export function parseConfig(source: ConfigSource): ParsedConfig | undefined {
  const tree = parseConfigText(source);
  if (tree === undefined) return undefined;
  const checked = checkConfig(tree.data, source.section);
  if (checked.kind === 'ok') return toParsed(checked, tree);
  throw CodexSyncError.join('bad-config', tree.report(checked.problems));
}

/** What can be read of a configuration with invalid settings. */
export interface PartlyParsedConfig extends ParsedConfig {
  readonly problems: readonly Problem[];
  /** Keys of the file that are left out, because something in them is invalid. */
  readonly leftOut: readonly string[];
}

/**
 * Reads a configuration file without the keys that have an invalid setting. Undefined when the file lacks the `section`.
 * @throws CodexSyncError `bad-config` when the file is no map of settings
 */
export function parseConfigPartly(source: ConfigSource): PartlyParsedConfig | undefined {
  const tree = parseConfigText(source);
  if (tree === undefined) return undefined;
  const whole = checkConfig(tree.data, source.section);
  if (whole.kind === 'ok') return { ...toParsed(whole, tree), problems: [], leftOut: [] };
  const invalid = new Set(whole.problems.map(({ path }) => String(path[0])));
  const keys = Object.keys(tree.data);
  const rest = Object.entries(tree.data).filter(([key]) => !invalid.has(key));
  const checked = checkConfig(Object.fromEntries(rest), source.section);
  const problems = tree.report(whole.problems);
  if (checked.kind === 'ok')
    return { ...toParsed(checked, tree), problems, leftOut: keys.filter((key) => invalid.has(key)) };
  // The rest is invalid only without those keys, which is no problem of its own.
  return { config: DEFAULT_CONFIG, notices: [], warnings: [], problems, leftOut: keys };
}

interface CheckedConfig {
  readonly kind: 'ok';
  readonly config: Config;
  readonly other: readonly Entry[];
  readonly unknown: readonly { readonly path: ConfigPath; readonly known: readonly string[] }[];
}

function checkConfig(
  data: ConfigTree['data'],
  section: string | undefined,
): CheckedConfig | { readonly kind: 'invalid'; readonly problems: readonly Finding[] } {
  const { documented, other } = listEnvironments(data.environments);
  const entries = [...documented, ...other, ...listSyncEnvironments(data.sync)];
  const schema = configSchema(other.map(({ name }) => name));
  const parsed = schema.safeParse(data);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => schemaProblem(issue, data)),
    ...other
      .filter(({ name }) => !ENVIRONMENT_NAME.pattern.test(name))
      .map(({ path }) => nameProblem(path.slice(0, -1))),
    ...branchConflicts(entries),
    ...nestedBranches(entries),
    ...defaultProblems(entries, data.environments),
    ...ownerConflicts(data.projects),
    ...spellingConflicts(data),
  ];
  if (!parsed.success || problems.length > 0) return { kind: 'invalid', problems };
  return {
    kind: 'ok',
    config: toConfig(parsed.data, entries, section),
    other,
    unknown: [...unknownKeys(schema, data)],
  };
}

function toParsed({ config, other, unknown }: CheckedConfig, tree: ConfigTree): ParsedConfig {
  const misspelled = unknown.map(({ path, known }) => {
    const meant = nearest(String(path.at(-1)), known);
    const hint = meant === undefined ? {} : { hint: `Did you mean "${meant}"?` };
    return { path, message: 'is not a known key and is ignored.', ...hint };
  });
  return {
    config,
    notices: tree.report(shapeNotices(other)).map(problemText),
    warnings: tree.report(misspelled).map(problemText),
  };
}

/** An environment of the file, in either published shape; not checked yet. */
interface Entry {
  name: string;
  branch: unknown;
  path: ConfigPath;
}

/** Environments in both shapes: `branches: {test: test}`, the documented one, and `test: {branch: test}`. */
function listEnvironments(section: unknown): { documented: Entry[]; other: Entry[] } {
  if (!isMap(section)) return { documented: [], other: [] };
  const branches = isMap(section.branches) ? Object.entries(section.branches) : [];
  const maps = Object.entries(section).filter(([key, value]) => isOtherShape(key, value));
  return {
    documented: branches.map(([name, branch]) => ({ name, branch, path: ['environments', 'branches', name] })),
    other: maps.map(([name, value]) => ({
      name,
      branch: isMap(value) ? value.branch : undefined,
      path: ['environments', name, 'branch'],
    })),
  };
}

/** Environments in the form of Fractary's own command line. */
function listSyncEnvironments(section: unknown): Entry[] {
  if (!isMap(section) || !isMap(section.environments)) return [];
  return Object.entries(section.environments).map(([name, branch]) => ({
    ...{ name, branch },
    path: ['sync', 'environments', name],
  }));
}

/**
 * Whether a key beside those of the section is an environment or an unknown key. The known names always are environments,
 * so that `prod: release` is an error: a mere warning would let it publish to main. A map is an environment, unless it
 * resembles `branchs`.
 */
function isOtherShape(key: string, value: unknown): boolean {
  const sectionKeys: readonly string[] = RESERVED_ENVIRONMENT_NAMES;
  if (sectionKeys.includes(key)) return false;
  if (Object.hasOwn(DEFAULT_BRANCHES, key)) return true;
  return isMap(value) && (Object.hasOwn(value, 'branch') || nearest(key, sectionKeys) === undefined);
}

function schemaProblem(issue: z.core.$ZodIssue, data: unknown): Finding {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'invalid_key') {
    return path[0] === 'projects' ? nameProblem(path, 'project', PROJECT_NAME) : nameProblem(path);
  }
  const given = path.reduce<unknown>((value, step) => (value as Record<string, unknown>)?.[step], data);
  return { path, message: `is ${given === undefined ? 'missing' : shown(given)}.`, hint: `Use ${issue.message}.` };
}

function nameProblem(path: ConfigPath, of = 'environment', { accepted }: Rule = ENVIRONMENT_NAME): Finding {
  return { path, message: `is not the name of ${of === 'project' ? 'a' : 'an'} ${of}.`, hint: `Use ${accepted}.` };
}

/** Two entries for one project: folders that differ only in case are one folder on Windows and macOS. */
function ownerConflicts(projects: unknown): Finding[] {
  if (!isMap(projects)) return [];
  const first = new Map<string, string>();
  return Object.keys(projects).flatMap((name) => {
    const earlier = first.get(name.toLowerCase());
    if (earlier === undefined) first.set(name.toLowerCase(), name);
    if (earlier === undefined) return [];
    const message: Finding['message'] = (named) =>
      `differs from the project ${named(['projects', earlier])} only in upper and lower case.`;
    return [{ path: ['projects', name], message, hint: 'List each project once.' }];
  });
}

/** Two branches for one environment: in two shapes, or different ones for `prod` and `production`. */
function branchConflicts(entries: readonly Entry[]): Finding[] {
  const first = new Map<string, Entry>();
  return entries.flatMap(({ name, branch, path }) => {
    if (!isBranch(branch)) return [];
    const earlier = first.get(environmentName(name));
    if (earlier === undefined) first.set(environmentName(name), { name, branch, path });
    if (earlier === undefined || earlier.branch === branch) return [];
    const message: Finding['message'] = (named) =>
      `is ${shown(branch)}, but ${named(earlier.path)} is ${shown(earlier.branch)}.`;
    return [{ path, message, hint: 'They are one environment: use one branch for both.' }];
  });
}

/**
 * Branches of which one would be a folder of the other: git stores a branch as a file, so `test` excludes `test/staging`.
 * Includes the environments that exist without a file.
 */
function nestedBranches(entries: readonly Entry[]): Finding[] {
  const written = entries.filter(({ branch }) => isBranch(branch));
  const names = new Set(written.map(({ name }) => environmentName(name)));
  const defaults = Object.entries(DEFAULT_BRANCHES)
    .filter(([name]) => name === environmentName(name) && !names.has(name))
    .map(([name, branch]): Entry & { isDefault?: true } => {
      return { name, branch, path: ['environments', 'branches', name], isDefault: true };
    });
  const all: (Entry & { isDefault?: true })[] = [...written, ...defaults];
  const seen = new Set<string>();
  return all.flatMap((inner) =>
    all.flatMap((outer) => {
      if (!`${inner.branch}`.startsWith(`${outer.branch}/`) || (inner.isDefault && outer.isDefault)) return [];
      // `prod` and `production` are one environment.
      const pair = `${environmentName(inner.name)} ${environmentName(outer.name)}`;
      if (seen.has(pair)) return [];
      seen.add(pair);
      const [at, other] = inner.isDefault ? [outer, inner] : [inner, outer];
      const instead = `${inner.branch}`.replaceAll('/', '-');
      const message: Finding['message'] = (named) => {
        const where = other.isDefault ? `environments.branches.${other.name}` : named(other.path);
        return `is ${shown(at.branch)}, but ${where} is ${shown(other.branch)}${other.isDefault ? ' by default' : ''}, and git cannot hold both branches.`;
      };
      return [{ path: at.path, message, hint: `Use another name for one of them, such as "${instead}".` }];
    }),
  );
}

function defaultProblems(entries: readonly Entry[], section: unknown): Finding[] {
  const chosen = isMap(section) ? section.default : undefined;
  if (typeof chosen !== 'string' || !ENVIRONMENT_NAME.pattern.test(chosen)) return [];
  const names = listEnvironmentNames(entries.map(({ name }) => name)).filter((name) =>
    ENVIRONMENT_NAME.pattern.test(name),
  );
  if (names.includes(chosen)) return [];
  const message = `is ${shown(chosen)}, which is not configured.`;
  return [{ path: ['environments', 'default'], message, hint: `Use one of: ${names.join(', ')}.` }];
}

function isBranch(value: unknown): boolean {
  return typeof value === 'string' && BRANCH_NAME.pattern.test(value);
}

function shapeNotices([first, ...rest]: readonly Entry[]): Finding[] {
  if (first === undefined) return [];
  const branches = Object.fromEntries([first, ...rest].map(({ name, branch }) => [name, branch]));
  const message = `is accepted. The documented form is "environments": ${JSON.stringify({ branches })}.`;
  return [{ path: first.path, message }];
}

type ConfigFile = z.output<ReturnType<typeof configSchema>>;

function toConfig(file: ConfigFile, entries: readonly Entry[], section: string | undefined): Config {
  const branches: Record<string, BranchName> = { ...DEFAULT_BRANCHES };
  for (const { name, branch } of entries) {
    branches[name] = branchName(String(branch));
    // Two names for one environment: a value for either sets both.
    if (environmentName(name) === 'prod') branches.prod = branches.production = branchName(String(branch));
  }
  const limits = file.handlers?.sync?.options?.github;
  return given({
    organization: file.organization ?? file.organizationSlug,
    codexRepo: file.codex_repo,
    projectName: file.project_name ?? file.project,
    syncPatterns: file.sync_patterns ?? globs(file.sync?.to_codex?.include ?? some(file.sync?.default_to_codex)),
    excludePatterns: file.exclude_patterns ?? globs(file.sync?.to_codex?.exclude),
    moreExclusions: globs(some(file.sync?.exclude)),
    references: referencesOf(file.sync, section),
    syncDirection: file.sync_direction,
    environments: {
      ...given({
        default: file.environments?.default,
        stableRefs: file.environments?.stable_refs,
        productionRefs: file.environments?.production_refs,
        written: entries.length > 0 ? [...new Set(entries.map(({ name }) => environmentName(name)))] : undefined,
      }),
      branches,
    },
    deletionThreshold: limits?.deletion_threshold,
    deletionThresholdPercent: limits?.deletion_threshold_percent,
    parallelRepos: limits?.parallel_repos,
    cache: file.cache && given({ defaultTtl: ttlOf(file.cache), fallbackToStale: file.cache.fallback_to_stale }),
    projects: file.projects && ownersOf(file.projects),
    unlisted: file.unlisted,
  });
}

/** Seconds, from any of the spellings. */
function ttlOf({ default_ttl, defaultTtl, ttl_days }: NonNullable<ConfigFile['cache']>): number | undefined {
  return default_ttl ?? defaultTtl ?? (ttl_days === undefined ? undefined : ttl_days * DAY);
}

function referencesOf(sync: ConfigFile['sync'], section: string | undefined): ConfiguredReferences | undefined {
  const prefix = section === undefined ? 'sync' : `${section}.sync`;
  const current = sync?.from_codex?.include;
  const texts = current ?? sync?.default_from_codex;
  if (texts === undefined || texts.length === 0) return undefined;
  return { key: `${prefix}.${current ? 'from_codex.include' : 'default_from_codex'}`, texts };
}

function globs(list: string[] | undefined): string[] | undefined {
  return list?.map(fromNodeGlob);
}

function some(list: string[] | undefined): string[] | undefined {
  return list && list.length > 0 ? list : undefined;
}

function ownersOf(projects: Readonly<Record<string, string | { repository: string; directory?: string | undefined }>>) {
  const owners = Object.entries(projects).map(([name, owner]): [string, ProjectOwner] => {
    const { repository, directory = '.' } = typeof owner === 'string' ? { repository: owner } : owner;
    return [name, { repository, directory }];
  });
  return Object.fromEntries(owners);
}

/** `settings` without those that the file lacks. */
function given<Settings extends object>(settings: Settings): Given<Settings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Given<Settings>;
}

type Given<Settings> = {
  [Key in keyof Settings as undefined extends Settings[Key] ? never : Key]: Settings[Key];
} & { [Key in keyof Settings as undefined extends Settings[Key] ? Key : never]?: Exclude<Settings[Key], undefined> };
