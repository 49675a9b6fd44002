import { INPUTS, type InputDefinition, type InputName } from '../inputs/definitions.ts';
import { MODES } from '../inputs/modes.ts';

/** The commands of the terminal: `init`, and the modes of the action under the same names. */
export const COMMAND_NAMES = ['init', ...MODES] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export interface CommandDefinition {
  readonly summary: string;
  readonly examples: readonly string[];
  /** Flags besides inputs, by name. */
  readonly flags: Readonly<Record<string, string>>;
  /** Arguments without a flag; each becomes a line of an input. */
  readonly positional?: {
    readonly name: string;
    readonly input: 'references' | 'project';
    readonly description: string;
  };
}

const VERBOSE = 'Show every call of git.';
const READING_FLAGS = {
  json: 'Answer with one JSON document on standard output (the output "result" of the action); everything else goes to standard error.',
  verbose: VERBOSE,
};
const WRITING_FLAGS = {
  ...READING_FLAGS,
  yes: 'Go on without a question where only the configuration says that production is written to.',
};
const INIT_FLAGS = {
  workflows: 'Write the workflows too: pull requests and pushes to test, releases to production.',
  force: 'Overwrite the files that are there already.',
  yes: 'Ask nothing: take what is found, and what the flags say.',
  verbose: VERBOSE,
};
const INIT_INPUTS: readonly InputName[] = [
  'organization',
  'codex-repository',
  'project',
  'include',
  'exclude',
  'token',
];

export const COMMANDS: Readonly<Record<CommandName, CommandDefinition>> = {
  init: {
    summary: 'Write a configuration, and the workflows, for this project.',
    flags: INIT_FLAGS,
    examples: ['codex-sync init', 'codex-sync init --yes --workflows --codex-repository acme/codex.acme.com'],
  },
  'sync-project': {
    summary: "Publish this project's documents into the codex.",
    flags: WRITING_FLAGS,
    examples: [
      'codex-sync sync-project --dry-run',
      'codex-sync sync-project --env test',
      'codex-sync sync-project --env prod',
      "codex-sync sync-project --include 'docs/**' --include README.md",
    ],
  },
  'sync-org': {
    summary: 'Publish the documents of every repository of an organization.',
    flags: WRITING_FLAGS,
    examples: ['codex-sync sync-org --dry-run', "codex-sync sync-org --env test --repositories 'doc-*'"],
  },
  promote: {
    summary: 'Release what stands in one environment into another one.',
    flags: WRITING_FLAGS,
    positional: { name: 'project', input: 'project', description: 'Names of projects, or globs on them.' },
    examples: [
      'codex-sync promote widgets --env prod --dry-run',
      "codex-sync promote 'doc-*' --from test --env prod",
      'codex-sync promote widgets --from prod@<commit> --env prod --allow-older',
    ],
  },
  retire: {
    summary: "Remove a project's documents from one environment.",
    flags: WRITING_FLAGS,
    positional: { name: 'project', input: 'project', description: 'Name of the project.' },
    examples: ['codex-sync retire widgets --env test --dry-run'],
  },
  status: {
    summary: 'Show what waits for a release.',
    flags: READING_FLAGS,
    examples: ['codex-sync status', 'codex-sync status --json'],
  },
  fetch: {
    summary: 'Fetch documents of one environment.',
    flags: READING_FLAGS,
    positional: {
      name: 'reference',
      input: 'references',
      description: '@codex/<project>/<path> or codex://<organization>/<project>/<path>; globs allowed in the path.',
    },
    examples: [
      'codex-sync fetch @codex/widgets/docs/README.md --env prod',
      "codex-sync fetch '@codex/widgets/docs/**' '@codex/gears/README.md'",
    ],
  },
  'cache-list': {
    summary: 'List the documents that were fetched.',
    flags: READING_FLAGS,
    examples: ['codex-sync cache-list', 'codex-sync cache-list --env test --json'],
  },
  doctor: {
    summary: 'Look at what a run needs, and say what to do about what is missing.',
    flags: READING_FLAGS,
    examples: ['codex-sync doctor', 'codex-sync doctor --env prod'],
  },
};

/** Descriptions of inputs that differ between terminal and workflow. */
export const TERMINAL_DESCRIPTIONS: Readonly<Record<string, string>> = {
  token:
    'Token for the codex. Default: GITHUB_TOKEN, else GH_TOKEN, else what "gh auth token" says. On the command line others can read it: use a variable.',
  'project-token': "Token for the project's own repository. Default: the same as the token for the codex.",
  'working-directory':
    "The project's checkout, or a package of a monorepo in it (then --project must be said). Default: the root of the repository around the current folder.",
  references: 'The same as naming references behind the command.',
  'no-use-cache':
    'Never touch the Actions cache; where there is none, as outside of workflows, that goes without saying.',
  'no-fallback-to-stale': 'Fail while the codex cannot be reached, and serve no copy.',
};

export const EXIT_CODES = {
  0: 'Done, or nothing to do.',
  1: 'Failed: one sentence on standard error says why.',
  2: 'Wrong usage: an unknown command or flag, or a value that is not accepted; nothing was done.',
} as const;

/** A command's inputs, each a flag of the same name; `mode` is the command itself. */
export function inputsOf(command: CommandName): [InputName, InputDefinition][] {
  const all = Object.entries(INPUTS) as [InputName, InputDefinition][];
  if (command === 'init') return all.filter(([name]) => INIT_INPUTS.includes(name));
  return all.filter(([name, { modes }]) => name !== 'mode' && (modes === undefined || modes.includes(command)));
}
