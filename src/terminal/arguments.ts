import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CodexSyncError } from '../errors.ts';
import { INPUTS, type InputDefinition, type InputName, inputsOfMode } from '../inputs/definitions.ts';
import { camelCase, inputVariable } from '../inputs/parse.ts';
import { MODES } from '../inputs/readers.ts';
import { printable } from '../text/phrases.ts';

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
  json: 'Print one JSON document on standard output (the output "result" of the action); everything else goes to standard error.',
  verbose: VERBOSE,
};
const WRITING_FLAGS = {
  ...READING_FLAGS,
  yes: 'Write to production without confirmation if only the configuration names it.',
};
const INIT_FLAGS = {
  workflows: 'Also write the workflows: pull requests and pushes to test, releases to production.',
  force: 'Overwrite existing files.',
  yes: 'Ask no questions: use the flags and the detected values.',
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
    summary: 'Release the documents of one environment into another one.',
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
    summary: 'Show the documents that wait for a release.',
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
    summary: 'Check the requirements of a run, and show how to meet those that are missing.',
    flags: READING_FLAGS,
    examples: ['codex-sync doctor', 'codex-sync doctor --env prod'],
  },
};

/** Descriptions of inputs that differ between terminal and workflow. */
const TERMINAL_DESCRIPTIONS: Readonly<Record<string, string>> = {
  token:
    'Token for the codex. Default: GITHUB_TOKEN, else GH_TOKEN, else the output of "gh auth token". Others can read a token on the command line: use a variable.',
  'project-token': "Token for the project's own repository. Default: the same as the token for the codex.",
  'working-directory':
    "Folder of the project's checkout, or of a package of a monorepo in it (a package requires --project). Default: the root of the repository around the current folder.",
  references: 'The same as references after the command.',
  config:
    'Path of the configuration, from the current folder. Default: the first that exists of .fractary/plugins/codex/config.json, .fractary/codex.yaml, .fractary/config.yaml (its codex: section).',
  'cache-dir':
    'Folder that fetched documents are written to, from the current folder, as <organization>/<project>/<env>/<path>; inside the repository. Git ignores it, and nothing in these folders is ever published. Default: .fractary/plugins/codex/cache in the root of the repository.',
  'no-use-cache': 'Do not use the Actions cache. This is the default where there is none, as outside of workflows.',
  'no-fallback-to-stale': 'Fail while the codex cannot be reached, and serve no cached copy.',
};

/** A command that people know from other tools: what they want, and what to type here. */
interface Habit {
  readonly names: readonly string[];
  readonly purpose: string;
  readonly line: string;
}

const HABITS: readonly Habit[] = [
  {
    names: ['sync', 'publish', 'push', 'upload'],
    purpose: "publish this project's documents",
    line: 'codex-sync sync-project',
  },
  {
    names: ['list', 'ls', 'show'],
    purpose: 'list what waits for a release (fetched documents: codex-sync cache-list)',
    line: 'codex-sync status',
  },
  {
    names: ['rollback', 'roll-back', 'undo', 'revert'],
    purpose: 'roll back',
    line: 'codex-sync promote --env prod --from prod@<commit> --allow-older',
  },
  {
    names: ['release', 'deploy'],
    purpose: 'release the documents that are in test',
    line: 'codex-sync promote --env prod',
  },
  {
    names: ['pull', 'download', 'get'],
    purpose: 'fetch documents',
    line: 'codex-sync fetch @codex/<project>/<path>',
  },
  {
    names: ['remove', 'rm', 'delete'],
    purpose: "remove a project's documents",
    line: 'codex-sync retire <project> --env <environment>',
  },
  { names: ['diff', 'compare'], purpose: 'compare test with production', line: 'codex-sync status' },
  { names: ['check', 'verify'], purpose: 'check the requirements of a run', line: 'codex-sync doctor' },
  { names: ['setup', 'config', 'configure'], purpose: 'write a configuration', line: 'codex-sync init' },
  { names: ['version'], purpose: 'show the version', line: 'codex-sync --version' },
];

export const EXIT_CODES = {
  0: 'Done, or nothing to do.',
  1: 'Failed: one sentence on standard error gives the reason.',
  2: 'Invalid usage: an unknown command or flag, or a value that is not accepted; nothing was done.',
} as const;

/** A command's inputs, each a flag of the same name; `mode` is the command itself. */
export function inputsOf(command: CommandName): [InputName, InputDefinition][] {
  if (command !== 'init') return inputsOfMode(command);
  const all = Object.entries(INPUTS) as [InputName, InputDefinition][];
  return all.filter(([name]) => INIT_INPUTS.includes(name));
}

/** A parsed command line: each flag becomes the variable in which a runner passes the input. */
export interface TypedCommand {
  readonly command: CommandName;
  readonly variables: Readonly<Record<string, string>>;
  /** A flag that is no input: given, negated, or `undefined` for absent. */
  readonly flag: (name: string) => boolean | undefined;
}

export interface AskedText {
  readonly text: string;
}

type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

const isBoolean = ({ form }: InputDefinition) => form === 'boolean';

/** @throws CodexSyncError `bad-input` for an unknown command, flag or value */
export function parseCommandLine(
  values: readonly string[],
  terminal: { readonly version: string; readonly columns: number },
): TypedCommand | AskedText {
  let text = '';
  let typed: TypedCommand | undefined;
  const write = (piece: string) => {
    text += piece;
  };
  const program = new Command('codex-sync')
    .description(
      "Publish a project's documents into the organization's codex, one branch per environment, and fetch them.",
    )
    .version(terminal.version, '-v, --version', 'Show the version.')
    .enablePositionalOptions()
    .helpOption('-h, --help', 'Show the help.')
    .helpCommand('help [command]', 'Show the help of a command.')
    .addHelpText('after', `\n${exitCodes()}`)
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: write,
      outputError: () => {},
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const name of COMMAND_NAMES) {
    const { summary, examples, positional } = COMMANDS[name];
    const command = program.command(name).description(summary);
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}`);
    if (positional) {
      const argument = new Argument(`[${positional.name}...]`, positional.description);
      command.addArgument(argument.argParser((value, before: readonly string[] = []) => [...before, filled(value)]));
    }
    for (const option of [...inputOptions(name), ...flagOptions(name)]) command.addOption(option);
    command.action((...given: unknown[]) => {
      const listed = positional ? { [positional.input]: given[0] as readonly string[] } : {};
      typed = typedCommand(name, command.opts<Values>(), listed);
    });
  }
  const line = commandFirst(values);
  checkHabits(line);
  try {
    program.parse(line.length === 0 ? ['--help'] : line.map(spellBoolean), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new CodexSyncError('bad-input', usageSentence(error, line));
  }
  return typed ?? { text };
}

/**
 * Moves flags in front of the command behind it: `--env prod promote` is `promote --env prod`. Unknown flags too, because
 * only the command knows which one is meant. `--help promote` is the help of that command.
 * @throws CodexSyncError `bad-input` for flags without a command
 */
function commandFirst(values: readonly string[]): readonly string[] {
  const at = findCommand(values);
  const flags = values.slice(0, at);
  const [command, ...others] = values.slice(at);
  const version = flags.find((flag) => VERSION_FLAGS.includes(flag));
  if (version !== undefined) return [version];
  const asksHelp = flags.some((flag) => HELP_FLAGS.includes(flag));
  if (asksHelp) return command === undefined ? ['--help'] : [command, '--help'];
  if (command === 'help') return [command, ...others];
  if (command !== undefined) return [command, ...flags, ...others];
  if (!flags.every((flag, index) => isFlagOfCommand(flag) || takesValue(flags[index - 1]))) return values;
  if (flags.length === 0) return values;
  throw new CodexSyncError('bad-input', 'No command is given.', 'Nothing was done. See the help: codex-sync --help');
}

const HELP_FLAGS = ['-h', '--help'];
const VERSION_FLAGS = ['-v', '--version'];

/** The index of the first text that is neither a flag nor the value of one. */
function findCommand(values: readonly string[]): number {
  let at = 0;
  for (let value = values[at]; value?.startsWith('-'); value = values[at]) {
    const next = values[at + 1];
    // An unknown flag may have a value.
    const isUnknown = value.startsWith('--') && !value.includes('=') && !isFlagOfCommand(value);
    const mayHaveValue = isUnknown && !HELP_FLAGS.includes(value) && next !== undefined && !isCommandOrFlag(next);
    at += takesValue(value) || mayHaveValue ? 2 : 1;
  }
  return Math.min(at, values.length);
}

function isCommandOrFlag(text: string): boolean {
  return text.startsWith('-') || text === 'help' || COMMAND_NAMES.some((name) => name === text);
}

const SWITCHES = new Set(Object.values(COMMANDS).flatMap(({ flags }) => Object.keys(flags)));

function isFlagOfCommand(text: string): boolean {
  const [, name = ''] = /^--(?:no-)?([a-z-]+)(?:=|$)/.exec(text) ?? [];
  return name !== 'mode' && (Object.hasOwn(INPUTS, name) || SWITCHES.has(name));
}

/** Whether the next text is the value of a flag. */
function takesValue(flag = ''): boolean {
  const definition = (INPUTS as Readonly<Record<string, InputDefinition>>)[flag.replace(/^--/, '')];
  return definition !== undefined && !isBoolean(definition);
}

/** @throws CodexSyncError `bad-input` for a command that has another name here */
function checkHabits([first = '', second = '']: readonly string[]): void {
  const name = first === 'help' ? second : first;
  const habit = HABITS.find(({ names }) => names.includes(name));
  if (habit === undefined) return;
  const { purpose, line } = habit;
  throw new CodexSyncError('bad-input', `There is no command "${name}".`, `Nothing was done. To ${purpose}: ${line}`);
}

function inputOptions(command: CommandName): Option[] {
  return inputsOf(command).flatMap(([name, definition]) => {
    const message = TERMINAL_DESCRIPTIONS[name] ?? flagsIn(definition.description);
    if (isBoolean(definition)) {
      const negative = TERMINAL_DESCRIPTIONS[`no-${name}`];
      const yes = new Option(`--${name}`, message).hideHelp(negative !== undefined);
      return [yes, new Option(`--no-${name}`, negative).hideHelp(negative === undefined)];
    }
    const { choices, form } = definition;
    const among = choices ? ` One of: ${choices.join(', ')}.` : '';
    const repeated = form === 'lines' ? ' Repeat the flag for several.' : '';
    const option = new Option(`--${name} <value>`, `${message}${among}${repeated}`);
    return option.argParser((value: string, before: readonly string[] = []) => {
      const others = before.filter((one) => one !== value);
      if (form !== 'lines' && others.length > 0) throw givenTwice(name, others[0], value);
      return [...others, filled(value)];
    });
  });
}

/** The names of a description that are those of inputs: the others are values, or keys of the configuration. */
const NOT_FLAGS: readonly string[] = ['mode', 'project', 'organization'];

/** A description without Markdown, in which other inputs are flags. */
function flagsIn(description: string): string {
  return description.replace(/`([^`]+)`/g, (_, code: string) => {
    const [name = '', value] = code.split(': ', 2);
    if (!Object.hasOwn(INPUTS, name) || NOT_FLAGS.includes(name)) return code;
    return value === undefined ? `--${name}` : `--${name} ${value}`;
  });
}

/** In a workflow an empty input is not given; at a terminal it is a variable that was never set. */
function filled(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

const SECRETS: readonly string[] = ['token', 'project-token', 'private-key'];

function givenTwice(name: string, one = '', other = ''): CodexSyncError {
  const values = SECRETS.includes(name) ? 'twice' : `as "${printable(one, 100)}" and as "${printable(other, 100)}"`;
  return new CodexSyncError('bad-input', `--${name} is given ${values}.`, `Give it once. Nothing was done.`);
}

function flagOptions(command: CommandName): Option[] {
  return Object.entries(COMMANDS[command].flags).flatMap(([name, message]) => [
    new Option(`--${name}`, message),
    new Option(`--no-${name}`).hideHelp(),
  ]);
}

function typedCommand(
  command: CommandName,
  values: Values,
  listed: Readonly<Record<string, readonly string[]>>,
): TypedCommand {
  const variables: Record<string, string> = command === 'init' ? {} : { [inputVariable('mode')]: command };
  for (const [name] of inputsOf(command)) {
    const value = values[camelCase(name)];
    const lines = [...(listed[name] ?? []), ...(Array.isArray(value) ? value : [])];
    if (typeof value === 'boolean') variables[inputVariable(name)] = String(value);
    else if (lines.length > 0) variables[inputVariable(name)] = lines.join('\n');
  }
  const flag = (name: string) => (typeof values[name] === 'boolean' ? values[name] : undefined);
  return { command, variables, flag };
}

/** `--dry-run=false` is how a workflow would put it. */
function spellBoolean(argument: string): string {
  const [, name = '', value] = /^--([a-z-]+)=(true|false)$/i.exec(argument) ?? [];
  const definition = (INPUTS as Readonly<Record<string, InputDefinition>>)[name];
  if (definition === undefined || !isBoolean(definition) || value === undefined) return argument;
  return value.toLowerCase() === 'true' ? `--${name}` : `--no-${name}`;
}

function usageSentence(error: CommanderError, values: readonly string[]): string {
  // For an unknown topic, Commander answers with the help for everything.
  const message = error.code === 'commander.help' ? `unknown command '${values[1]}'` : error.message;
  const [, given = message, hint = ''] = /^(?:error: )?([^\n]*?)\.?(?:\n\((.*)\))?$/s.exec(message) ?? [];
  const command = COMMAND_NAMES.find((name) => values.includes(name));
  const isShort = error.code === 'commander.unknownOption' && VERSION_FLAGS.some((flag) => values.includes(flag));
  const advice = isShort ? 'Did you mean --verbose? The version: codex-sync --version.' : hint;
  const where = command === undefined ? '' : ` ${command}`;
  const sentence = printable(given.charAt(0).toUpperCase() + given.slice(1), 300);
  return `${sentence}.${advice ? ` ${advice}` : ''} Nothing was done. See the help: codex-sync${where} --help`;
}

function exitCodes(): string {
  return `Exit codes:\n${Object.entries(EXIT_CODES)
    .map(([code, meaning]) => `  ${code}  ${meaning}\n`)
    .join('')}`;
}

/** The runner brings its own; a terminal has the machine's. Older versions lack features that we use. */
const OLDEST_NODE = 22;

/** @throws CodexSyncError `bad-checkout` when Node's `version` (such as `22.12.0`) is too old */
export function checkNode(version: string): void {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return;
  throw new CodexSyncError(
    'bad-checkout',
    `This is Node ${version}, and codex-sync needs Node ${OLDEST_NODE} or newer.`,
    'Install it from https://nodejs.org, then run this again.',
  );
}
