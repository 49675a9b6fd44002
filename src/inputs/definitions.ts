import {
  ANY_REPOSITORY,
  AUTHOR,
  type Author,
  BOOLEAN,
  COUNT,
  choice,
  GLOBS,
  type InputType,
  LINE,
  MODES,
  type Mode,
  ORGANIZATION_NAME,
  PERCENT,
  PREVIEW,
  PROJECT_GLOBS,
  REASON,
  REF_GLOBS,
  REPOSITORY_NAMES,
  SHARD,
  TEXT,
  TEXT_LINES,
  WRITING_MODES,
  wholeNumber,
} from './readers.ts';

export const DIRECTIONS = ['to-codex', 'from-codex', 'bidirectional'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Whether a run writes into the codex. */
export function publishes(direction: Direction): boolean {
  return direction !== 'from-codex';
}

/** Whether a run writes changes of the codex into the checkout. */
export function pullsDocuments(direction: Direction): boolean {
  return direction !== 'to-codex';
}

export const CONFLICT_RULES = ['project', 'codex', 'fail'] as const;
export type ConflictRule = (typeof CONFLICT_RULES)[number];

/** The ref of each repository that a run for a whole organization publishes. */
export const SOURCE_REFS = ['default-branch', 'latest-release'] as const;
export type SourceRef = (typeof SOURCE_REFS)[number];

export const DEFAULT_AUTHOR: Author = {
  name: 'github-actions[bot]',
  email: '41898282+github-actions[bot]@users.noreply.github.com',
};
const TOKEN_HINT =
  'The default works only when the workflow runs in the codex itself, or to read a public codex: pass a fine-grained ' +
  'personal access token, or name a GitHub App with `client-id`.';
const WRITING_TOKEN_HINT = TOKEN_HINT.replace(', or to read a public codex', '');
const APP_HINT = 'Client ID (no secret) of a GitHub App that acts in the codex instead of `token`.';
const ENVIRONMENT_NAMES = '`test`, `prod` (or `production`), or a name that the configuration maps to a branch';
const DEFAULT_ENVIRONMENT = "Default: the configuration's `environments.default`, else `test`.";
const DEFAULT_COMMIT_MESSAGE = 'sync: Update docs from <project>';

/** Maximum number of repositories that `sync-org` reads in parallel. */
const MAX_PARALLEL = 20;

/** The workflow's own token. */
const WORKFLOW_TOKEN = '$' + '{{ github.token }}';

export interface InputDefinition extends InputType<unknown> {
  readonly description: string;
  /** Descriptions for one mode alone, where the general one is about several. */
  readonly inMode?: Partial<Readonly<Record<Mode, string>>>;
  /** The modes that use it; absent for all modes. */
  readonly modes?: readonly Mode[];
  /** Declared in `action.yml`: only where no configuration can supply the value, because the runner always sends it. */
  readonly default?: string;
  /** A default that only a runner can evaluate; outside a runner the input has no default. */
  readonly expression?: string;
}

/** The default in `action.yml`. */
export function declaredDefault({ default: value, expression }: InputDefinition): string | undefined {
  return value ?? expression;
}

/**
 * Every input of a workflow, in the order of the documentation. The source of `action.yml`, the reference, the flags of the
 * terminal and the type `Inputs`; `parseInputs` accepts no other input.
 */
export const INPUTS = {
  mode: { ...choice(MODES), description: 'Command to run.', default: 'sync-project' },
  env: {
    ...TEXT,
    description:
      `Environment to publish to or to fetch from: ${ENVIRONMENT_NAMES}. ` +
      "Default: the configuration's `environments.default`, else `test`; `status` compares with `prod`, `cache-list` shows " +
      'all. Required for `promote` and `retire`.',
    inMode: {
      fetch: `Environment to fetch from: ${ENVIRONMENT_NAMES}. ${DEFAULT_ENVIRONMENT}`,
      promote: `Environment to release to: ${ENVIRONMENT_NAMES}. Required, here or as \`environment\`.`,
      'sync-org': `Environment to publish to: ${ENVIRONMENT_NAMES}. ${DEFAULT_ENVIRONMENT}`,
    },
  },
  environment: { ...TEXT, description: 'Alias of `env`.' },
  token: {
    ...TEXT,
    description:
      'Token for the codex: `contents: write` to publish, `contents: read` to fetch and with `direction: from-codex`; ' +
      '`sync-org` also needs `contents: read` on the repositories that it publishes. ' +
      TOKEN_HINT,
    inMode: {
      fetch: `Token for the codex (\`contents: read\`). ${TOKEN_HINT}`,
      promote: `Token for the codex (\`contents: write\`). ${WRITING_TOKEN_HINT}`,
      'sync-org':
        'Token for the codex (`contents: write`), and for the repositories that are published (`contents: read`). ' +
        WRITING_TOKEN_HINT,
    },
    expression: WORKFLOW_TOKEN,
  },
  'client-id': {
    ...TEXT,
    description:
      `${APP_HINT} The run creates tokens with only the permissions that it needs, for the codex only (\`sync-org\` reads ` +
      'the repositories with another token), and renews them when it takes long.',
    inMode: {
      fetch: `${APP_HINT} The run creates a token that may only read, and only the codex.`,
      promote: `${APP_HINT} The run creates a token with only the permissions that it needs, for the codex only.`,
      'sync-org': `${APP_HINT} The run creates a token that writes to the codex only, and one that reads the repositories.`,
    },
  },
  'app-id': {
    ...TEXT,
    description: "The App's number, instead of `client-id`. Give one of the two.",
  },
  'private-key': {
    ...TEXT,
    description:
      "The App's private key: the whole `.pem` file, with its line breaks or with `\\n` for each. Required with `client-id` or `app-id`.",
  },
  'project-token': {
    ...TEXT,
    description:
      "Token for the project's own repository (`contents: read`): to compare commits, to read the merged configuration, and to " +
      'fetch documents that a partial checkout lacks; `pull-requests: read` to close previews; `actions: read` to list its ' +
      'Actions caches.',
    inMode: {
      fetch: "Token for the project's own repository (`contents: read`): to see whether it is public.",
      promote:
        "Token for the workflow's own repository (`contents: read`): to read the merged configuration, and to compare commits.",
      'sync-org': "Token for the workflow's own repository (`contents: read`): to read the merged configuration.",
    },
    expression: WORKFLOW_TOKEN,
  },
  'project-repository': {
    ...ANY_REPOSITORY,
    modes: ['sync-project', 'doctor'],
    description:
      "Repository of the checkout, as `owner/name`, if it is not the workflow's. Default: the " +
      "workflow's repository; at a terminal the remote `origin`.",
  },
  'codex-repository': {
    ...ANY_REPOSITORY,
    description: "The codex, as `owner/name`. Default: the configuration's `organization`/`codex_repo`.",
  },
  config: {
    ...TEXT,
    description:
      'Path of the configuration, in `working-directory` or in the root of the repository. Default: the first that ' +
      'exists of `.fractary/plugins/codex/config.json`, `.fractary/codex.yaml`, `.fractary/config.yaml` (its `codex:` ' +
      'section).',
  },
  'working-directory': {
    ...TEXT,
    description:
      "Folder of the project's checkout, or of a package of a monorepo in it (a package requires `project`, here or in a " +
      'configuration inside it). Paths of documents are relative to it.',
    inMode: {
      fetch: 'Folder of the checkout, or of a package in it, whose configuration is used.',
      'sync-org': 'Folder of the checkout whose configuration is used.',
    },
    default: '.',
  },
  'dry-run': {
    ...BOOLEAN,
    modes: WRITING_MODES,
    description: 'Plan and report everything, but write nothing (for `fetch`, see `lookup-only`).',
    inMode: {
      promote: 'Plan and report everything, but write nothing.',
      'sync-org': 'Plan and report everything, but write nothing.',
    },
    default: 'false',
  },
  project: {
    ...PROJECT_GLOBS,
    modes: ['sync-project', 'promote', 'retire', 'doctor'],
    description:
      "Folder of the project in the codex: `projects/<project>`. Default: the configuration's `project_name`, else " +
      "the repository's name. `promote` accepts several names, and globs on them, one a line.",
    inMode: {
      promote:
        "Projects to release: names, or globs on them, one a line. Default: the configuration's `project_name`, else the " +
        "repository's name.",
    },
  },
  direction: {
    ...choice(DIRECTIONS),
    modes: ['sync-project'],
    description:
      'Direction in which documents move: into the codex, from it into the checkout (publishes nothing), or both. ' +
      "Default: the configuration's `sync_direction`, else `to-codex`.",
  },
  include: {
    ...GLOBS,
    modes: ['sync-project', 'sync-org', 'doctor'],
    description:
      "Globs of the documents, one a line. Default: the configuration's `sync_patterns`, else `docs/**`, `README.md`, " +
      '`CLAUDE.md`, `.claude/**`.',
  },
  exclude: {
    ...GLOBS,
    modes: ['sync-project', 'sync-org', 'doctor'],
    description:
      "Globs to exclude, one a line; they win over `include`. Default: the configuration's `exclude_patterns`, else " +
      '`**/node_modules/**`, `**/*.log`.',
  },
  'include-ignored': {
    ...GLOBS,
    modes: ['sync-project', 'doctor'],
    description: 'Globs of files to publish although git ignores them (generated documentation), one a line.',
  },
  'include-lfs': {
    ...BOOLEAN,
    modes: ['sync-project'],
    description:
      'Publish files of Git LFS with the content that `lfs: true` of actions/checkout puts on disk. A pointer is never published.',
    default: 'false',
  },
  'on-conflict': {
    ...choice(CONFLICT_RULES),
    modes: ['sync-project', 'promote'],
    description:
      'Choose the version of a document that changed both in the project and in the codex: `project` publishes the ' +
      "project's version, `codex` keeps the codex's version (and pulls it into the checkout, if `direction` allows it), " +
      '`fail` makes the run fail and write nothing.',
    inMode: {
      promote:
        'Choose the version of a document that changed both in `from` and in `env`: `project` releases the version of `from`, ' +
        '`codex` keeps the version of `env`, `fail` makes the release of that project fail.',
    },
    default: 'project',
  },
  'deletion-threshold': {
    ...COUNT,
    modes: WRITING_MODES,
    description:
      "Withhold deletions if there are more than this; `0` withholds all. Default: the configuration's " +
      '`handlers.sync.options.github.deletion_threshold`, else `50`.',
  },
  'deletion-threshold-percent': {
    ...PERCENT,
    modes: ['sync-project', 'sync-org', 'promote'],
    description:
      'Withhold deletions if they are more than this percentage of the published documents; `0` withholds all. While both thresholds have ' +
      "their defaults, five or fewer deletions always pass. Default: the configuration's " +
      '`handlers.sync.options.github.deletion_threshold_percent`, else `20`.',
  },
  'allow-empty': {
    ...BOOLEAN,
    modes: ['sync-project', 'sync-org', 'promote'],
    description: 'Allow the project to publish nothing at all.',
    default: 'false',
  },
  'allow-older': {
    ...BOOLEAN,
    modes: ['sync-project', 'promote'],
    description:
      'Allow an older commit to replace a newer one (a roll-back, a hotfix of an earlier release line). In production, ' +
      'the changes that a roll-back takes back are held: see `release-hold`.',
    default: 'false',
  },
  adopt: {
    ...BOOLEAN,
    modes: ['sync-project', 'doctor'],
    description:
      'Take over `projects/<project>` from another directory, or from a repository that was renamed to this one, is archived or ' +
      'no longer exists. On stable refs only.',
    default: 'false',
  },
  'allow-public': {
    ...BOOLEAN,
    modes: ['sync-project', 'sync-org', 'doctor'],
    description: 'Publish a private or internal repository into a codex that more people can see.',
    default: 'false',
  },
  'production-refs': {
    ...REF_GLOBS,
    modes: ['sync-project', 'promote', 'doctor'],
    description:
      'Full ref names or globs on them (`refs/heads/release/*`), one a line, that may publish to production besides the ' +
      'default branch and tags; if they name tags, only those tags may. `!` before an entry excludes it, even the default ' +
      'branch. ' +
      'A branch that only a glob names must be protected. ' +
      "Default: `environments.production_refs` of the default branch's configuration, else none.",
  },
  'stable-refs': {
    ...REF_GLOBS,
    modes: ['sync-project'],
    description:
      'Full ref names or globs on them (`refs/heads/develop`), one a line, whose runs publish documents, not a preview, ' +
      'outside production; `!` before an entry excludes it. ' +
      "Default: `environments.stable_refs` of the default branch's configuration, else none.",
  },
  'release-edits': {
    ...BOOLEAN,
    modes: ['promote'],
    description: 'Include edits that people made in the codex, in the environment `from`, in a release to production.',
    default: 'false',
  },
  preview: {
    ...PREVIEW,
    modes: ['retire'],
    description:
      "Close only this preview, and keep the project: a pull request's number (`12`) or `heads/<branch>`. Not for production.",
  },
  comment: {
    ...BOOLEAN,
    modes: ['sync-project'],
    description:
      'List the documents of the preview, with links, in one comment on the pull request, and update it in place. ' +
      'Requires `pull-requests: write` for `project-token`.',
    default: 'false',
  },
  author: {
    ...AUTHOR,
    modes: WRITING_MODES,
    description:
      'Author and committer of the commit in the codex, as `Name <email>`. Default: the bot of the GitHub App, if one acts in the ' +
      `codex, else \`${DEFAULT_AUTHOR.name} <${DEFAULT_AUTHOR.email}>\`.`,
  },
  'commit-message': {
    ...LINE,
    modes: WRITING_MODES,
    description: "Subject line of the commit in the codex; `<project>` becomes the project's name.",
    default: DEFAULT_COMMIT_MESSAGE,
  },
  from: {
    ...LINE,
    modes: ['promote', 'status'],
    description:
      'Environment whose documents are released, or compared with those of `env`: `<env>`, or `<env>@<codex commit>` ' +
      'for its documents at that commit.',
    inMode: {
      promote:
        'Environment whose documents are released: `<env>`, or `<env>@<codex commit>` for its documents at that commit.',
    },
    default: 'test',
  },
  'release-hold': {
    ...BOOLEAN,
    modes: ['sync-project', 'promote', 'sync-org'],
    description:
      'Lift the hold of a roll-back, and set none: publish the changes that a roll-back in production took back.',
    default: 'false',
  },
  reason: {
    ...REASON,
    modes: WRITING_MODES,
    description: 'Reason for the run, in one line: for the commit in the codex, and for the hold of a roll-back.',
  },
  organization: {
    ...ORGANIZATION_NAME,
    modes: ['sync-org', 'status', 'doctor'],
    description:
      'Organization or user whose repositories `sync-org` publishes; `status` shows source repositories of other owners in full; ' +
      '`doctor` checks every project of the codex, if it is given. ' +
      "Default: the configuration's `organization`, else the codex's owner.",
    inMode: {
      'sync-org':
        "Organization or user whose repositories are published. Default: the configuration's `organization`, else the " +
        "codex's owner.",
    },
  },
  repositories: {
    ...REPOSITORY_NAMES,
    modes: ['sync-org'],
    description: 'Globs on the names of the repositories that `sync-org` publishes, one a line. Default: all.',
    inMode: { 'sync-org': 'Globs on the names of the repositories to publish, one a line. Default: all.' },
  },
  'exclude-repositories': {
    ...REPOSITORY_NAMES,
    modes: ['sync-org'],
    description: 'Globs on the names of repositories to exclude, one a line; they win over `repositories`.',
  },
  'source-ref': {
    ...choice(SOURCE_REFS),
    modes: ['sync-org'],
    description:
      'Source of the documents in each repository that `sync-org` publishes. Default: `default-branch`. Required for production.',
    inMode: {
      'sync-org': 'Source of the documents in each repository. Default: `default-branch`. Required for production.',
    },
  },
  parallel: {
    ...wholeNumber(1, MAX_PARALLEL),
    modes: ['sync-org'],
    description:
      "Number of repositories that `sync-org` reads in parallel (1 to 20). Default: the configuration's " +
      '`handlers.sync.options.github.parallel_repos`, else `5`.',
    inMode: {
      'sync-org':
        "Number of repositories to read in parallel (1 to 20). Default: the configuration's " +
        '`handlers.sync.options.github.parallel_repos`, else `5`.',
    },
  },
  shard: {
    ...SHARD,
    modes: ['sync-org'],
    description:
      "This job's share of the organization, as `i/n`: `1/3`, `2/3` and `3/3` are a matrix of three jobs. A repository is " +
      'always in the same share.',
    default: '1/1',
  },
  references: {
    ...TEXT_LINES,
    modes: ['fetch'],
    description:
      'Documents to fetch, one a line: `@codex/<project>/<path>` or `codex://<organization>/<project>/<path>`, globs ' +
      "allowed in the path; `#` starts a comment. Default: the configuration's `sync.from_codex.include`.",
  },
  'cache-dir': {
    ...LINE,
    modes: ['fetch', 'cache-list', 'doctor'],
    description:
      'Folder in the workspace that fetched documents are written to, as `<organization>/<project>/<env>/<path>`. Git ignores ' +
      'it, and nothing in these folders is ever published.',
    default: '.fractary/plugins/codex/cache',
  },
  'use-cache': {
    ...BOOLEAN,
    modes: ['fetch'],
    description: 'Read and write the Actions cache; `false` disables it.',
    default: 'true',
  },
  'fallback-to-stale': {
    ...BOOLEAN,
    modes: ['fetch'],
    description:
      'Serve the newest copy of the same environment, with a warning, while the codex cannot be reached. Default: the ' +
      "configuration's `cache.fallback_to_stale`, else `true`.",
  },
  'fail-on-cache-miss': {
    ...BOOLEAN,
    modes: ['fetch'],
    description: 'Fail when the Actions cache has no entry to restore.',
    default: 'false',
  },
  'lookup-only': {
    ...BOOLEAN,
    modes: ['fetch'],
    description: 'Only check whether the Actions cache has an entry; write no documents.',
    default: 'false',
  },
} as const satisfies Record<string, InputDefinition>;

export type InputName = keyof typeof INPUTS;

/** The inputs of one mode, except `mode` itself. */
export function inputsOfMode(mode: Mode): [InputName, InputDefinition][] {
  const all = Object.entries(INPUTS) as [InputName, InputDefinition][];
  return all.filter(([name, { modes }]) => name !== 'mode' && (modes === undefined || modes.includes(mode)));
}
