import { CodexSyncError } from '../errors.ts';
import { DIRECTIONS, type Direction } from './direction.ts';
import { environmentName } from './environment.ts';
import { type Author, readers } from './input-values.ts';
import { printable } from './printable.ts';
import { nearest } from './suggest.ts';

export const MODES = ['sync-project'] as const;
export type Mode = (typeof MODES)[number];

export const CONFLICT_RULES = ['project', 'codex', 'fail'] as const;
export type ConflictRule = (typeof CONFLICT_RULES)[number];

export const DEFAULT_AUTHOR = 'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>';
const DEFAULT_COMMIT_MESSAGE = 'sync: Update docs from <project>';

export interface InputDefinition {
  readonly description: string;
  /** Declared in `action.yml`: only where no configuration could supply the value, since the runner always sends it. */
  readonly default?: string;
  readonly choices?: readonly string[];
}

/**
 * Every word that a workflow can say, in the order in which the documentation lists them. `action.yml` and the
 * README's table are generated from here; `parseInputs` accepts nothing else.
 */
export const INPUTS = {
  mode: { description: 'What to do.', default: 'sync-project', choices: MODES },
  env: {
    description:
      'Environment to publish to: `test`, `prod` (or `production`), or a name that the configuration maps to a branch. ' +
      "Default: the configuration's `environments.default`, else `test`.",
  },
  environment: { description: 'Another word for `env`.' },
  token: {
    description:
      'Token that may write to the codex (`contents: write`). The default works only when the workflow runs in the ' +
      'codex itself: pass a fine-grained personal access token or a GitHub App token.',
    default: '$' + '{{ github.token }}',
  },
  'project-token': {
    description:
      "Token that may read the project's own repository (`contents: read`): to compare commits and to fetch " +
      'documents that a partial checkout lacks.',
    default: '$' + '{{ github.token }}',
  },
  'codex-repository': {
    description: "The codex, as `owner/name`. Default: the configuration's `organization`/`codex_repo`.",
  },
  config: {
    description:
      'Path of the configuration, in `working-directory` or in the root of the repository. Default: the first that ' +
      'exists of `.fractary/plugins/codex/config.json`, `.fractary/codex.yaml`, `.fractary/config.yaml` (its `codex:` ' +
      'section).',
  },
  'working-directory': {
    description:
      "The project's checkout, or a package of a monorepo in it (then `project` must be said, here or in a " +
      'configuration inside it). Paths of documents are relative to it.',
    default: '.',
  },
  'dry-run': { description: 'Plan and report everything, write nothing anywhere.', default: 'false' },
  project: {
    description:
      "Folder of the project in the codex: `projects/<project>`. Default: the configuration's `project_name`, else " +
      "the repository's name.",
  },
  direction: {
    description: "Which way documents move. Default: the configuration's `sync_direction`, else `to-codex`.",
    choices: DIRECTIONS,
  },
  include: {
    description:
      "Globs of the documents, one a line. Default: the configuration's `sync_patterns`, else `docs/**`, `README.md`, " +
      '`CLAUDE.md`, `.claude/**`.',
  },
  exclude: {
    description:
      "Globs to leave out, one a line; they win. Default: the configuration's `exclude_patterns`, else " +
      '`**/node_modules/**`, `**/*.log`.',
  },
  'include-ignored': {
    description:
      'Globs of files that git ignores and that are published all the same (generated documentation), one a line.',
  },
  'on-conflict': {
    description:
      'What happens to a document that both the project and someone in the codex changed: the version of the ' +
      '`project` is published, that of the `codex` stays, or the run does `fail` and writes nothing.',
    default: 'project',
    choices: CONFLICT_RULES,
  },
  'deletion-threshold': {
    description:
      "More deletions than this are withheld. Default: the configuration's " +
      '`handlers.sync.options.github.deletion_threshold`, else `50`.',
  },
  'deletion-threshold-percent': {
    description:
      'More deletions than this share of the published documents are withheld (five or fewer always pass). Default: the ' +
      "configuration's `handlers.sync.options.github.deletion_threshold_percent`, else `20`.",
  },
  'allow-empty': { description: 'The project may publish nothing at all.', default: 'false' },
  'allow-older': {
    description: 'An older commit may replace a newer one (a roll-back, a hotfix of an earlier release line).',
    default: 'false',
  },
  adopt: {
    description: 'Take over `projects/<project>` from another repository or directory (after a rename).',
    default: 'false',
  },
  'allow-public': {
    description: 'Publish a private or internal repository into a codex that more people can see.',
    default: 'false',
  },
  'production-refs': {
    description:
      'Globs of full ref names (`refs/heads/release/*`), one a line, that may publish to production besides the ' +
      'default branch and tags.',
  },
  author: { description: 'Author and committer of the commit in the codex.', default: DEFAULT_AUTHOR },
  'commit-message': {
    description: 'Subject line of the commit in the codex; `<project>` is replaced.',
    default: DEFAULT_COMMIT_MESSAGE,
  },
} as const satisfies Record<string, InputDefinition>;

export type InputName = keyof typeof INPUTS;

/** What the inputs say, checked one by one; `undefined` or an empty list means "not given". */
export interface Inputs {
  readonly mode: Mode;
  readonly env: string | undefined;
  readonly token: string;
  readonly projectToken: string | undefined;
  readonly codexRepository: string | undefined;
  readonly config: string | undefined;
  readonly workingDirectory: string;
  readonly dryRun: boolean;
  readonly project: string | undefined;
  readonly direction: Direction | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly includeIgnored: readonly string[];
  readonly onConflict: ConflictRule;
  readonly deletionThreshold: number | undefined;
  readonly deletionThresholdPercent: number | undefined;
  readonly allowEmpty: boolean;
  readonly allowOlder: boolean;
  readonly adopt: boolean;
  readonly allowPublic: boolean;
  readonly productionRefs: readonly string[];
  readonly author: Author;
  readonly commitMessage: string;
}

const PREFIX = 'INPUT_';

/** The variable in which GitHub's runner hands over an input: upper case, hyphens kept. */
export function inputVariable(name: string): string {
  return PREFIX + name.replaceAll(' ', '_').toUpperCase();
}

/**
 * Reads the inputs from the variables of a run (`INPUT_*`).
 * @throws CodexSyncError `bad-input` with one line for each input that cannot be used (NFR2, NFR3), near-misses of a
 * name included: the runner only warns about those, and the run would do the opposite of what was meant.
 */
export function parseInputs(variables: Readonly<Record<string, string | undefined>>): Inputs {
  const problems = nearMisses(Object.keys(variables));
  const given = (name: InputName): string | undefined => variables[inputVariable(name)]?.trim() || undefined;
  const read = readers((name: InputName) => given(name) ?? (INPUTS[name] as InputDefinition).default, problems);

  const env = given('env') ?? given('environment');
  if (environmentName(given('environment') ?? env ?? '') !== environmentName(env ?? '')) {
    problems.push(
      `Inputs "env" and "environment" are one input, but say "${printable(env ?? '', 64)}" and "${printable(given('environment') ?? '', 64)}". Give only "env".`,
    );
  }
  const token = given('token');
  if (token === undefined) {
    problems.push(
      'Input "token" is empty. Is the secret available here? A secret must be defined for this repository or ' +
        'environment, and runs started by a fork or by Dependabot do not see it.',
    );
  }

  const inputs: Inputs = {
    mode: read.choice('mode', MODES) ?? 'sync-project',
    env,
    token: token ?? '',
    projectToken: given('project-token'),
    codexRepository: read.repository('codex-repository'),
    config: given('config'),
    workingDirectory: given('working-directory') ?? '.',
    dryRun: read.boolean('dry-run'),
    project: read.projectName('project'),
    direction: read.choice('direction', DIRECTIONS),
    include: read.globs('include'),
    exclude: read.globs('exclude'),
    includeIgnored: read.globs('include-ignored'),
    onConflict: read.choice('on-conflict', CONFLICT_RULES) ?? 'project',
    deletionThreshold: read.count('deletion-threshold'),
    deletionThresholdPercent: read.percent('deletion-threshold-percent'),
    allowEmpty: read.boolean('allow-empty'),
    allowOlder: read.boolean('allow-older'),
    adopt: read.boolean('adopt'),
    allowPublic: read.boolean('allow-public'),
    productionRefs: read.refGlobs('production-refs'),
    author: read.author('author'),
    commitMessage: read.line('commit-message'),
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
