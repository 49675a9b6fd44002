import * as z from 'zod';
import { globProblem, refGlobProblem } from '../documents/patterns.ts';
import {
  BRANCH_NAME,
  ENVIRONMENT_NAME,
  ORGANIZATION,
  PROJECT_DIRECTORY,
  PROJECT_NAME,
  REPOSITORY,
  REPOSITORY_NAME,
  type Rule,
} from '../text/names.ts';
import { type ConfigPath, type Finding, shown } from './config-file.ts';
import { DIRECTIONS } from './definitions.ts';
import { DEFAULT_BRANCHES } from './environment.ts';

const PATTERN: Rule = {
  pattern: /^[^\n\r\0]*[^\s\0][^\n\r\0]*$/,
  accepted: 'a glob pattern of one line that is not empty',
};

const SOME_PATTERNS = 'a list of at least one glob pattern';

/** In seconds. */
export const DAY = 86_400;

/** Ten years, in seconds. */
export const LONGEST_TTL = 3650 * DAY;

/** Keys of other tools, by their place. They cause no warning, and no code here reads their values. */
const FOREIGN_KEYS = {
  root: [
    ...['$schema', 'logging', 'notifications', 'sources', 'auth', 'auto_sync', 'cli'],
    ...['schema_version', 'remotes', 'storage', 'types', 'permissions', 'mcp', 'archive', 'cacheDir'],
    ...['directories', 'rules'],
  ],
  environment: ['description'],
  handlerOptions: ['vector', 'mcp'],
  github: ['sparse_checkout', 'retry_attempts', 'retry_delay'],
  cache: [
    ...['directory', 'cacheDir', 'enablePersistence', 'persist', 'offline_mode', 'check_expiration'],
    ...[
      'maxSize',
      'maxMemoryEntries',
      'maxMemorySize',
      'max_size_mb',
      'max_memory_size',
      'max_disk_size',
      'max_entries',
    ],
    ...['auto_cleanup', 'cleanup_interval_days', 'cleanupInterval'],
  ],
  sync: [
    ...['bidirectional', 'conflictResolution', 'conflictStrategy', 'rules', 'routing', 'defaultDirection'],
    ...['defaultEnvironment', 'deleteOrphans'],
  ],
} as const;

/**
 * The configuration file's definition (design 3.3), the source of values, messages and the JSON Schema. It allows unknown
 * keys: those are warnings. `environmentKeys` are the environments in the other published shape,
 * `"test": {"branch": "test"}`.
 */
export function configSchema(environmentKeys: readonly string[]): ConfigSchema {
  if (environmentKeys.length > 0) return createSchema(environmentKeys);
  // Thousands of files of an organization need the same schema, and creating it takes longer than using it.
  usualSchema ??= createSchema([]);
  return usualSchema;
}

export type ConfigSchema = ReturnType<typeof createSchema>;
let usualSchema: ConfigSchema | undefined;

function createSchema(environmentKeys: readonly string[]) {
  return map({
    ...foreign(FOREIGN_KEYS.root),
    version: z
      .union([z.string(), z.number()], { error: 'a version such as "3.0"' })
      .describe('Version of the configuration format.')
      .optional(),
    organization: text(ORGANIZATION).describe('GitHub organization or user that owns the codex.').optional(),
    organizationSlug: text(ORGANIZATION).describe('Another spelling of organization.').optional(),
    codex_repo: text(REPOSITORY_NAME).describe('Name of the codex repository.').optional(),
    project_name: text(PROJECT_NAME)
      .describe("Folder below projects/ of the codex. Default: the repository's name.")
      .optional(),
    project: text(PROJECT_NAME)
      .describe("Another spelling of project_name, of Fractary's own command line.")
      .optional(),
    sync_patterns: z
      .array(glob(), { error: SOME_PATTERNS })
      .min(1, { error: SOME_PATTERNS })
      .describe('Globs of the documents to publish.')
      .optional(),
    exclude_patterns: z
      .array(glob(), { error: 'a list of glob patterns' })
      .describe('Globs to exclude; they win over sync_patterns.')
      .optional(),
    sync_direction: choice(DIRECTIONS).describe('Direction in which documents move. Default: to-codex.').optional(),
    sync: sync().describe("The patterns as Fractary's own command line writes them.").optional(),
    environments: environments(environmentKeys).describe('Codex branch of each environment.').optional(),
    projects: z
      .record(text(PROJECT_NAME), projectOwner(), {
        error: (issue) => (issue.code === 'invalid_key' ? PROJECT_NAME.accepted : 'a map of projects to repositories'),
      })
      .describe("In the codex's own file: the repository that each project belongs to.")
      .optional(),
    unlisted: choice(['refuse'])
      .describe("In the codex's own file: refuse every project that is not under projects.")
      .optional(),
    handlers: z
      .looseObject({ sync: syncHandler().optional() }, { error: MAP })
      .describe('Settings of the handler that moves documents.')
      .optional(),
    cache: map({
      ...foreign(FOREIGN_KEYS.cache),
      default_ttl: ttl().describe('Seconds that a fetched document stays fresh.').optional(),
      defaultTtl: ttl().describe('Another spelling of cache.default_ttl.').optional(),
      ttl_days: wholeNumber(1, LONGEST_TTL / DAY)
        .describe('The same in days.')
        .optional(),
      fallback_to_stale: z
        .boolean({ error: 'true or false' })
        .describe('Serve the newest cached copy of the same environment while the codex cannot be reached.')
        .optional(),
    })
      .describe('The cache of fetched documents.')
      .optional(),
  });
}

/** The JSON Schema that editors check a configuration file with, as the text of `schema/config.schema.json`. */
export function renderConfigSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(configSchema(Object.keys(DEFAULT_BRANCHES)), { io: 'input' });
  const head = {
    $schema,
    $id: 'https://raw.githubusercontent.com/fractary/codex-sync/v1/schema/config.schema.json',
    title: 'Codex Sync configuration',
    description:
      'Settings of fractary/codex-sync, in .fractary/plugins/codex/config.json, .fractary/codex.yaml or the codex section of .fractary/config.yaml.',
  };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}

/**
 * The keys of `data` that `schema` does not know, each with the known keys of its place. The schema itself supplies them,
 * so a new setting needs no second list.
 */
export function* unknownKeys(
  schema: z.core.$ZodType,
  data: unknown,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; known: string[] }> {
  if (schema instanceof z.ZodOptional) return yield* unknownKeys(schema.unwrap(), data, path);
  if (!(schema instanceof z.ZodObject) || !isMap(data)) return;
  for (const [key, value] of Object.entries(data)) {
    const here = [...path, key];
    if (Object.hasOwn(schema.shape, key)) yield* unknownKeys(schema.shape[key], value, here);
    else if (schema.def.catchall === undefined) yield { path: here, known: Object.keys(schema.shape) };
  }
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function environments(environmentKeys: readonly string[]) {
  const environment = map(
    { ...foreign(FOREIGN_KEYS.environment), branch: text(BRANCH_NAME).describe('Its codex branch.') },
    'a map with a "branch", or a branch under environments.branches',
  );
  const described = environment.describe('Another way to write it; prefer environments.branches.').optional();
  return map({
    ...Object.fromEntries(environmentKeys.map((key) => [key, described])),
    default: text(ENVIRONMENT_NAME).describe('Environment of a run that names none. Default: test.').optional(),
    branches: branches()
      .describe('Environment name to codex branch; extends test: test, prod: main, production: main.')
      .optional(),
    stable_refs: refGlobs()
      .describe(
        'Globs of full ref names whose runs publish documents, not previews, outside production; "!" before an entry excludes it. Read on the default branch only.',
      )
      .optional(),
    production_refs: refGlobs()
      .describe(
        'Globs of full ref names that may publish to production besides the default branch and tags; "!" before an entry excludes it. Read on the default branch only.',
      )
      .optional(),
  });
}

function branches(branch = text(BRANCH_NAME)) {
  return z.record(text(ENVIRONMENT_NAME), branch, {
    error: (issue) => (issue.code === 'invalid_key' ? ENVIRONMENT_NAME.accepted : 'a map of names to branches'),
  });
}

/** The section of Fractary's own command line, which replaces `${…}` by environment variables. This product does not. */
function sync() {
  const patterns = z.array(plain(glob()), { error: 'a list of glob patterns' });
  const some = z.array(plain(glob()), { error: SOME_PATTERNS }).min(1, { error: SOME_PATTERNS });
  const references = z.array(plain(text(PATTERN)), { error: 'a list of references' });
  return map({
    ...foreign(FOREIGN_KEYS.sync),
    to_codex: map({
      include: some.describe('Another spelling of sync_patterns.').optional(),
      exclude: patterns.describe('Another spelling of exclude_patterns.').optional(),
    }).optional(),
    from_codex: map({
      include: references
        .describe('References of a fetch that names none; {org}, {project} and {codex_repo} are replaced.')
        .optional(),
      exclude: unreadValue(),
    }).optional(),
    exclude: patterns.describe('Globs to exclude besides exclude_patterns or its default.').optional(),
    environments: branches(plain(text(BRANCH_NAME)))
      .describe('Another spelling of environments.branches.')
      .optional(),
    default_to_codex: patterns.describe('Used if there is no sync.to_codex.include.').optional(),
    default_from_codex: references.describe('Used if there is no sync.from_codex.include.').optional(),
  });
}

function projectOwner() {
  const accepted = 'owner/repository, or a map with just "repository" and "directory"';
  const owner = z.strictObject(
    {
      repository: text(REPOSITORY).describe('The repository, as owner/repository.'),
      directory: text(PROJECT_DIRECTORY).describe('Directory of a package in it. Default: its root.').optional(),
    },
    { error: accepted },
  );
  return z.union([text(REPOSITORY), owner], { error: accepted });
}

function syncHandler() {
  const github = map({
    ...foreign(FOREIGN_KEYS.github),
    deletion_threshold: wholeNumber(0)
      .describe('Maximum number of documents that one run may delete. Default: 50.')
      .optional(),
    deletion_threshold_percent: z
      .number({ error: PERCENT })
      .min(0, { error: PERCENT })
      .max(100, { error: PERCENT })
      .describe('The same in per cent of the published documents. Default: 20.')
      .optional(),
    parallel_repos: wholeNumber(1, 20)
      .describe('Number of repositories that sync-org reads in parallel. Default: 5.')
      .optional(),
  });
  return map({
    active: choice(['github']).describe('The only handler.').optional(),
    options: map({ ...foreign(FOREIGN_KEYS.handlerOptions), github: github.optional() }).optional(),
  });
}

const MAP = 'a map of settings';
const PERCENT = 'a number from 0 to 100';

function foreign(keys: readonly string[]) {
  const unread = unreadValue();
  return Object.fromEntries(keys.map((key) => [key, unread]));
}

function unreadValue() {
  return z.unknown().describe('Not read by Codex Sync.').optional();
}

/** A text without a variable: taken literally, `${DRAFTS}/**` would exclude no document. */
function plain<Text extends z.ZodType<string>>(given: Text) {
  return given.refine((text) => !VARIABLE.test(text), {
    error: 'a text without "$" and braces: Codex Sync does not replace variables',
  });
}

const VARIABLE = /\$\{[^}]*\}/;

function ttl() {
  return wholeNumber(1, LONGEST_TTL);
}

function map<Shape extends z.ZodRawShape>(shape: Shape, accepted = MAP) {
  return z.object(shape, { error: accepted });
}

function text({ pattern, accepted }: Rule) {
  return z.string({ error: accepted }).regex(pattern, { error: accepted });
}

function glob(problemOf = globProblem) {
  return text(PATTERN).superRefine((given, context) => {
    const problem = problemOf(given);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });
}

function refGlobs() {
  return z.array(glob(refGlobProblem), { error: 'a list of full ref names or globs on them' });
}

function choice<const Choices extends readonly string[]>(choices: Choices) {
  return z.enum(choices, { error: choices.length === 1 ? `"${choices[0]}"` : `one of: ${choices.join(', ')}` });
}

function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  const error =
    max === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A setting with two spellings: ours, and that of Fractary's own command line (`fractary-codex`). */
interface Spelling {
  readonly ours: ConfigPath;
  readonly theirs: ConfigPath;
  /** Converts `theirs` to the unit of `ours`. */
  readonly convert?: (value: number) => number;
}

const SPELLINGS: readonly Spelling[] = [
  { ours: ['organization'], theirs: ['organizationSlug'] },
  { ours: ['project_name'], theirs: ['project'] },
  { ours: ['sync_patterns'], theirs: ['sync', 'to_codex', 'include'] },
  { ours: ['exclude_patterns'], theirs: ['sync', 'to_codex', 'exclude'] },
  { ours: ['cache', 'default_ttl'], theirs: ['cache', 'defaultTtl'] },
  { ours: ['cache', 'default_ttl'], theirs: ['cache', 'ttl_days'], convert: (days) => days * DAY },
  { ours: ['cache', 'defaultTtl'], theirs: ['cache', 'ttl_days'], convert: (days) => days * DAY },
];

/** Settings whose two spellings have different values. Equal values are allowed. */
export function spellingConflicts(data: unknown): Finding[] {
  return SPELLINGS.flatMap(({ ours, theirs, convert }): Finding[] => {
    const one = valueAt(data, ours);
    const other = valueAt(data, theirs);
    if (one === undefined || other === undefined) return [];
    const converted = convert && typeof other === 'number' ? convert(other) : other;
    if (setting(one) === setting(converted)) return [];
    return [
      {
        path: theirs,
        message: (name) =>
          Array.isArray(one) && Array.isArray(other)
            ? `lists other patterns than ${name(ours)}.`
            : `is ${shown(other)}, but ${name(ours)} is ${shown(one)}.`,
        hint: 'They are one setting: remove one of them, or give both the same value.',
      },
    ];
  });
}

function valueAt(data: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    data,
  );
}

/** Equal texts for equal meanings: order and repetition of patterns do not matter. */
function setting(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? [...new Set(value.map(String))].sort() : value);
}
