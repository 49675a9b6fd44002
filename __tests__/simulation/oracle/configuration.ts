import { parse } from 'yaml';
import type { Files } from '../log.ts';
import { matches } from './git-text.ts';

/** A configuration, as far as the promises depend on it. */
export interface Settings {
  readonly projectName: string | undefined;
  readonly branches: Readonly<Record<string, string>>;
  readonly stableRefs: readonly string[];
  readonly productionRefs: readonly string[];
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[] | undefined;
  readonly direction: string | undefined;
  readonly threshold: { readonly count: number; readonly percent: number };
}

const FILES = ['.fractary/plugins/codex/config.json', '.fractary/codex.yaml', '.fractary/config.yaml'];
const known = new Map<string, Settings>();
const DEFAULT_THRESHOLD = { count: 50, percent: 20 };

type Json = Readonly<Record<string, unknown>>;
const within = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Json)[key] : undefined), value);
const list = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : undefined;
const record = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? (value as Json) : undefined;
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The configuration in a tree; what cannot be read counts as none. */
export function settingsOf(files: Files | undefined): Settings {
  const file = FILES.find((one) => files?.has(one));
  const source = file === undefined ? '' : (files?.get(file) ?? '');
  const found = known.get(source);
  if (found) return found;
  let parsed: unknown;
  try {
    parsed = parse(source);
  } catch {}
  const root = within(parsed, 'codex') ?? parsed;
  const branches = within(root, 'environments', 'branches');
  const github = within(root, 'handlers', 'sync', 'options', 'github');
  const made: Settings = {
    projectName: text(within(root, 'project_name')),
    branches: typeof branches === 'object' && branches !== null ? (branches as Record<string, string>) : {},
    stableRefs: list(within(root, 'environments', 'stable_refs')) ?? [],
    productionRefs: list(within(root, 'environments', 'production_refs')) ?? [],
    include: list(within(root, 'sync_patterns')),
    exclude: list(within(root, 'exclude_patterns')),
    direction: text(within(root, 'sync_direction')),
    threshold: {
      count: Number(within(github, 'deletion_threshold') ?? DEFAULT_THRESHOLD.count),
      percent: Number(within(github, 'deletion_threshold_percent') ?? DEFAULT_THRESHOLD.percent),
    },
  };
  if (known.size > 1000) known.clear();
  known.set(source, made);
  return made;
}

/** What the codex's own configuration says for every project. */
export interface CodexRules {
  /** Environment -> branch, the defaults included; `undefined` where each project maps them itself. */
  readonly branches: Readonly<Record<string, string>> | undefined;
  /** Folder in lower case -> repository. */
  readonly projects: ReadonlyMap<string, string>;
  /** Whether a project that is not listed is refused. */
  readonly isClosed: boolean;
}

export const DEFAULT_BRANCHES: Readonly<Record<string, string>> = { test: 'test', prod: 'main', production: 'main' };
const NO_RULES: CodexRules = { branches: undefined, projects: new Map(), isClosed: false };
const knownRules = new Map<string, CodexRules>();

/** @param source the text of `.fractary/codex.yaml`; what cannot be read sets nothing */
export function codexRulesOf(source: string | undefined): CodexRules {
  if (source === undefined) return NO_RULES;
  const found = knownRules.get(source);
  if (found) return found;
  let parsed: unknown;
  try {
    parsed = parse(source);
  } catch {}
  const written = record(within(parsed, 'environments', 'branches'));
  const production = text(written?.prod) ?? text(written?.production);
  const both = production === undefined ? {} : { prod: production, production };
  const made: CodexRules = {
    branches: written && { ...DEFAULT_BRANCHES, ...(written as Record<string, string>), ...both },
    projects: new Map(
      Object.entries(record(within(parsed, 'projects')) ?? {}).map(([name, owner]) => [
        name.toLowerCase(),
        text(owner) ?? text(within(owner, 'repository')) ?? '',
      ]),
    ),
    isClosed: within(parsed, 'unlisted') === 'refuse',
  };
  if (knownRules.size > 1000) knownRules.clear();
  knownRules.set(source, made);
  return made;
}

/** The lines of an input. */
export function linesOf(input: string | undefined): readonly string[] | undefined {
  const lines = input?.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  return lines?.length ? lines : undefined;
}

/**
 * Whether a ref is on the release line: the default branch, tags, what `production_refs` adds or takes away. A branch that only
 * a glob names must be protected, since anyone who can push could create it.
 */
export function isReleaseRef(
  ref: string,
  defaultBranch: string,
  globs: readonly string[],
  isProtected: (branch: string) => boolean,
): boolean {
  if (globs.some((glob) => glob.startsWith('!') && matches(glob.slice(1), ref))) return false;
  const branch = /^refs\/heads\/(.*)$/s.exec(ref)?.[1];
  if (branch === defaultBranch || globs.includes(ref)) return true;
  if (globs.some((glob) => !glob.startsWith('!') && matches(glob, ref)))
    return branch === undefined || isProtected(branch);
  const namesTags = globs.some((glob) => glob.startsWith('refs/tags/'));
  return branch === undefined && ref.startsWith('refs/tags/') && !namesTags;
}

export function isStableRef(ref: string, globs: readonly string[]): boolean {
  if (globs.some((glob) => glob.startsWith('!') && matches(glob.slice(1), ref))) return false;
  return globs.some((glob) => !glob.startsWith('!') && matches(glob, ref));
}

const DEFAULT_INCLUDE = ['docs/**', 'README.md', 'CLAUDE.md', '.claude/**'];
const DEFAULT_EXCLUDE = ['**/node_modules/**', '**/*.log'];

/** Whether the patterns select a path, by inputs, then configuration, then defaults. */
export function selects(path: string, inputs: Readonly<Record<string, string>>, settings: Settings): boolean {
  const include = linesOf(inputs.include) ?? settings.include ?? DEFAULT_INCLUDE;
  const exclude = linesOf(inputs.exclude) ?? settings.exclude ?? DEFAULT_EXCLUDE;
  return include.some((glob) => matches(glob, path)) && !exclude.some((glob) => matches(glob, path));
}
