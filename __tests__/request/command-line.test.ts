import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { parseCommandLine } from '../../src/request/command-line.ts';
import { COMMAND_NAMES, COMMANDS, inputsOf } from '../../src/request/commands.ts';
import { INPUTS, type InputDefinition, MODES } from '../../src/request/input-definitions.ts';
import { inputVariable } from '../../src/request/inputs.ts';

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
  expect(() => parse('status', '--env', 'test', '--env', 'prod')).toThrow('It is given as "test" too.');
});

test('the version, and a help without a command', () => {
  expect(textOf('--version')).toBe('1.2.3\n');
  for (const words of [[], ['--help'], ['help']]) {
    const help = textOf(...words);
    for (const name of COMMAND_NAMES) expect(help).toContain(`\n  ${name} [options]`);
    expect(() => parse('help', 'none')).toThrow("Unknown command 'none'. Nothing was done.");
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
