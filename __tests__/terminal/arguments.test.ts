import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { INPUTS, type InputDefinition } from '../../src/inputs/definitions.ts';
import { inputVariable } from '../../src/inputs/parse.ts';
import { MODES } from '../../src/inputs/readers.ts';
import { COMMAND_NAMES, COMMANDS, inputsOf, parseCommandLine } from '../../src/terminal/arguments.ts';

const parse = (...words: string[]) => parseCommandLine(words, { version: '1.2.3', columns: 100 });

function textOf(...words: string[]): string {
  const said = parse(...words);
  if (!('text' in said)) throw new Error(`${words.join(' ')} runs something`);
  return said.text;
}

function variablesOf(...words: string[]): Readonly<Record<string, string>> {
  const said = parse(...words);
  if ('text' in said) throw new Error(`${words.join(' ')} only says something`);
  return said.variables;
}

test('every input of the action is a flag of the same name, of the commands that it says something to', () => {
  const flags = new Set(MODES.flatMap((mode) => inputsOf(mode).map(([name]) => name)));
  expect([...Object.keys(INPUTS)].filter((name) => !flags.has(name as never))).toEqual(['mode']);
  for (const mode of MODES) {
    const help = textOf(mode, '--help');
    for (const [name, { form }] of inputsOf(mode)) {
      expect(help).toMatch(new RegExp(`^ +--(?:no-)?${name} `, 'm'));
      const given = form === 'boolean' ? [`--${name}`] : [`--${name}`, 'x'];
      expect(variablesOf(mode, ...given)).toEqual({
        INPUT_MODE: mode,
        [inputVariable(name)]: form === 'boolean' ? 'true' : 'x',
      });
    }
    const others = (Object.entries(INPUTS) as [string, InputDefinition][]).filter(
      ([, { modes }]) => modes && !modes.includes(mode),
    );
    for (const [name] of others) expect(() => parse(mode, `--${name}`, 'x')).toThrow(`Unknown option '--${name}'`);
  }
});

test('every example of a help is a command line that can be understood', () => {
  const examples = Object.values(COMMANDS).flatMap((command) => command.examples);
  expect(examples.length).toBeGreaterThan(12);
  for (const line of examples) {
    const words = line.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
    expect(words[0]).toBe('codex-sync');
    expect(variablesOf(...words.slice(1)).INPUT_MODE).toBe(words[1] === 'init' ? undefined : words[1]);
    expect(textOf('help', `${words[1]}`)).toContain(line);
  }
});

test('true or false, in every spelling', () => {
  for (const words of [['--dry-run'], ['--dry-run=true'], ['--dry-run=TRUE']])
    expect(variablesOf('sync-project', ...words)['INPUT_DRY-RUN']).toBe('true');
  for (const words of [['--no-dry-run'], ['--dry-run=false']])
    expect(variablesOf('sync-project', ...words)['INPUT_DRY-RUN']).toBe('false');
  expect(variablesOf('fetch', '--no-use-cache', 'a')).toMatchObject({
    'INPUT_USE-CACHE': 'false',
    INPUT_REFERENCES: 'a',
  });
  expect(() => parse('sync-project', '--dry-run=yes')).toThrow(CodexSyncError);
});

test('what may be given several times is one entry a line; what may not, is an error unless it is the same', () => {
  expect(variablesOf('sync-project', '--include', 'a', '--include', 'b').INPUT_INCLUDE).toBe('a\nb');
  expect(variablesOf('fetch', 'a', '--references', 'c', 'b').INPUT_REFERENCES).toBe('a\nb\nc');
  expect(variablesOf('promote', 'a', 'b*').INPUT_PROJECT).toBe('a\nb*');
  expect(variablesOf('status', '--env', 'test', '--env', 'test').INPUT_ENV).toBe('test');
  expect(() => parse('status', '--env', 'test', '--env', 'prod')).toThrow(
    '--env is given as "test" and as "prod". Give it once. Nothing was done.',
  );
  expect(() => parse('status', '--token', 'one', '--token', 'two')).toThrow(/^--token is given twice\. Give it once\./);
});

test.each([
  [
    ['sync-projct'],
    "Unknown command 'sync-projct'. Did you mean sync-project? Nothing was done. See the help: codex-sync --help",
  ],
  [['help', 'none'], "Unknown command 'none'. Nothing was done. See the help: codex-sync --help"],
  [
    ['status', '--josn'],
    "Unknown option '--josn'. Did you mean --json? Nothing was done. See the help: codex-sync status --help",
  ],
  [
    ['status', '--env'],
    "Option '--env <value>' argument missing. Nothing was done. See the help: codex-sync status --help",
  ],
  [
    ['sync-project', '--json=true'],
    "Unknown option '--json=true'. Nothing was done. See the help: codex-sync sync-project --help",
  ],
  [
    ['sync-project', 'x--dry-run=false'],
    "Too many arguments for 'sync-project'. Expected 0 arguments but got 1. Nothing was done. See the help: codex-sync sync-project --help",
  ],
])('what cannot be understood: %j', (words, sentence) => {
  expect(() => parse(...words)).toThrow(expect.objectContaining({ code: 'bad-input', message: sentence }));
});

test('a value that looks like a flag is one', () => {
  expect(variablesOf('sync-project', '--project=false').INPUT_PROJECT).toBe('false');
  expect(variablesOf('sync-project', '--commit-message', 'x --dry-run=true').INPUT_DRY).toBeUndefined();
  expect(variablesOf('sync-project', '--commit-message', '--dry-run=trueish')['INPUT_COMMIT-MESSAGE']).toBe(
    '--dry-run=trueish',
  );
});

test('flags that are no inputs: said, denied, or neither', () => {
  const said = parse('init', '--workflows', '--no-yes');
  if ('text' in said) throw new Error('It is a command');
  expect(['workflows', 'yes', 'force', 'project'].map(said.flag)).toEqual([true, false, undefined, undefined]);
  const named = parse('init', '--project', 'widgets');
  if ('text' in named) throw new Error('It is a command');
  expect(named.flag('project')).toBeUndefined();
});

test('a help says what a person can type, as wide as the terminal', () => {
  const narrow = parseCommandLine(['status', '--help'], { version: '1', columns: 80 });
  expect('text' in narrow && narrow.text).toContain(`Usage: codex-sync status [options]

Show the documents that wait for a release.

Options:
  --env <value>                Environment to publish to or to fetch from: test,
                               prod (or production), or a name that the
                               configuration maps to a branch. Default: the
`);
  const help = textOf('sync-project', '--help').replace(/\s+/g, ' ');
  expect(help).toContain(
    "or both. Default: the configuration's sync_direction, else to-codex. One of: to-codex, from-codex, bidirectional. --include",
  );
  expect(help).toContain(
    'Globs of files to publish although git ignores them (generated documentation), one a line. Repeat the flag for several. --include-lfs',
  );
  expect(help).toContain(' --dry-run Plan and report everything');
  expect(help).not.toContain('--no-dry-run');
  expect(help).toMatch(/Examples: codex-sync sync-project --dry-run codex-sync sync-project --env test codex-sync/);
  const fetch = textOf('fetch', '--help');
  expect(fetch).toMatch(/^ {2}--no-use-cache +Do not use the Actions cache\./m);
  expect(fetch).not.toMatch(/^ {2}--use-cache/m);
});

test.each([
  ['sync', "To publish this project's documents: codex-sync sync-project"],
  ['publish', "To publish this project's documents: codex-sync sync-project"],
  ['list', 'To list what waits for a release (fetched documents: codex-sync cache-list): codex-sync status'],
  ['rollback', 'To roll back: codex-sync promote --env prod --from prod@<commit> --allow-older'],
  ['pull', 'To fetch documents: codex-sync fetch @codex/<project>/<path>'],
])('a command of another tool is named here: %s', (name, sentence) => {
  for (const line of [[name], ['--env', 'test', name], ['help', name], [name, '--help']])
    expect(() => parse(...line)).toThrow(
      expect.objectContaining({
        code: 'bad-input',
        message: `There is no command "${name}". Nothing was done. ${sentence}`,
      }),
    );
});

test.each([
  [['--enviroment', 'prod', 'status'], "Unknown option '--enviroment'. Did you mean --environment?", 'status'],
  [['--dryrun', '--env', 'test', 'sync-project'], "Unknown option '--dryrun'. Did you mean --dry-run?", 'sync-project'],
  [['--json', '--enviroment=prod', 'status'], "Unknown option '--enviroment=prod'.", 'status'],
  [['--dryrun', 'sync-project'], "Unknown option '--dryrun'. Did you mean --dry-run?", 'sync-project'],
  [['--env', 'status'], 'No command is given.', ''],
  [['--enviroment', 'prod'], "Unknown option '--enviroment'.", ''],
])('%j in front of the command is answered as behind it', (words, sentence, command) => {
  const help = ['codex-sync', command, '--help'].filter(Boolean).join(' ');
  expect(() => parse(...words)).toThrow(`${sentence} Nothing was done. See the help: ${help}`);
});

test.each([
  [['--help', 'promote'], 'promote'],
  [['-h', 'promote', 'widgets'], 'promote'],
  [['--env', 'prod', '--help', 'promote'], 'promote'],
  [['--env', 'prod', 'help', 'promote'], 'promote'],
  [['--json', '--help', 'status'], 'status'],
  [['--env', 'prod', '--help'], undefined],
  [['--env', 'prod', 'help'], undefined],
])('%j is the help of %s', (words, command) => {
  expect(textOf(...words)).toBe(command === undefined ? textOf('--help') : textOf(command, '--help'));
});

test('the version is shown beside other flags', () => {
  for (const words of [['--version'], ['--json', '-v'], ['--env', 'prod', '--version', 'status']])
    expect(textOf(...words)).toBe('1.2.3\n');
});

test('flags may be in front of the command', () => {
  expect(variablesOf('--env', 'prod', 'promote', 'widgets')).toEqual(
    variablesOf('promote', 'widgets', '--env', 'prod'),
  );
  expect(variablesOf('--dry-run', '--env=test', '--json', 'sync-project')).toEqual(
    variablesOf('sync-project', '--dry-run', '--env', 'test'),
  );
  // A value may be called like a command.
  expect(variablesOf('--project', 'promote', 'retire', '--env', 'test')).toEqual(
    variablesOf('retire', '--project', 'promote', '--env', 'test'),
  );
  expect(() => parse('--env', 'prod')).toThrow(
    'No command is given. Nothing was done. See the help: codex-sync --help',
  );
  expect(() => parse('--adopt', 'status')).toThrow("Unknown option '--adopt'. Nothing was done.");
  expect(() => parse('--none', 'status')).toThrow("Unknown option '--none'.");
});

test('-v is the version, and of a command it might be --verbose', () => {
  expect(textOf('-v')).toBe('1.2.3\n');
  expect(() => parse('status', '-v')).toThrow(
    "Unknown option '-v'. Did you mean --verbose? The version: codex-sync --version. Nothing was done.",
  );
});

test('a help names other inputs as flags, and no value or key as one', () => {
  const help = textOf('sync-project', '--help').replace(/\s+/g, ' ');
  expect(help).toContain('acts in the codex instead of --token.');
  expect(help).toContain("Default: the configuration's organization/codex_repo.");
  expect(help).toContain("project publishes the project's version");
});

test('the version, and a help without a command', () => {
  expect(textOf('--version')).toBe('1.2.3\n');
  for (const words of [[], ['--help'], ['help']]) {
    const help = textOf(...words);
    expect(help).toMatch(/^Usage: codex-sync \[options\] \[command\]\n\nPublish a project's documents into/);
    expect(help).toMatch(/ --version +Show the version\.\n +-h, --help +Show the help\.\n/);
    expect(help).toMatch(/ help \[command\] +Show the help of a command\.\n/);
    for (const name of COMMAND_NAMES) expect(help).toContain(`\n  ${name} [options]`);
    expect(help).toContain('Exit codes:\n  0  Done, or nothing to do.\n');
  }
});

test('whatever is typed is understood, or refused in one line', () => {
  const word = fc.oneof(
    fc.constantFrom<string>(...MODES, ...Object.keys(INPUTS).map((name) => `--${name}`), '--', '-h', '--json', '--no-'),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      try {
        expect(parse(...words)).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(CodexSyncError);
        expect((error as Error).message).toMatch(/^[^\n\p{Cc}]+$/u);
      }
    }),
  );
});
