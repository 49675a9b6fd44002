import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createTerminalConsole } from '../../src/console/terminal.ts';

/** A stream as a terminal, or as a pipe. */
function stream(isTerminal: boolean, columns = 40) {
  const through = new PassThrough();
  const facts = isTerminal ? { isTTY: true, columns, hasColors: () => true } : {};
  return Object.assign(through, facts, {
    text: () => String(through.read() ?? ''),
  }) as unknown as NodeJS.WriteStream & {
    text: () => string;
  };
}

function open({ json = false, verbose = false, isTerminal = false } = {}) {
  const [stdout, stderr] = [stream(isTerminal), stream(isTerminal)];
  let exitCode = 0;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  const console = createTerminalConsole({ stdout, stderr, json, verbose, setExitCode });
  return { console, stdout, stderr, exitCode: () => exitCode };
}

test('lines go to standard output, what needs a look to standard error, and nothing has a colour', () => {
  const { console, stdout, stderr, exitCode } = open();
  console.line('🎯 STARTING: Project Sync');
  console.group('Changes (1)', ['added docs/a.md']);
  console.notice('n');
  console.warning('w');
  console.error('e');
  console.debug('d');
  console.progress('reading');
  console.output('result', '{}');
  console.fail();
  expect(stdout.text()).toBe('🎯 STARTING: Project Sync\nChanges (1)\n  added docs/a.md\n');
  expect(stderr.text()).toBe('Note: n\nWarning: w\nError: e\n');
  expect(exitCode()).toBe(1);
});

test('with json, one document and nothing else', () => {
  const { console, stdout, stderr } = open({ json: true, verbose: true });
  console.line('l');
  console.debug('d');
  console.output('env', 'test');
  console.output('result', '{"env":"test"}');
  expect(stdout.text()).toBe('{"env":"test"}\n');
  expect(stderr.text()).toBe('l\nd\n');
});

test('colours and a live line at a terminal; the line is cut to its width, and gone before the next one', () => {
  const { console, stdout, stderr } = open({ isTerminal: true });
  console.progress('x'.repeat(100));
  console.warning('w');
  console.progress();
  const [, shown = '', after = ''] = stderr.text().split('\r\u001b[2K');
  expect(shown).toContain('x'.repeat(39));
  expect(shown).not.toContain('x'.repeat(40));
  expect(after).toContain('\u001b[33mWarning: w\u001b[39m\n');
  console.line('🎯 STARTING: Fetch');
  expect(stdout.text()).toBe('\u001b[1m🎯 STARTING: Fetch\u001b[22m\n');
});

test('no secret, no command of a terminal and none of the runner comes through', () => {
  const { console, stdout, stderr } = open();
  console.secret('s3cret');
  console.secret(' ');
  console.line('a s3cret b');
  console.line('\u001b]0;title\u0007\u009b31m');
  console.error('::error::x ##[error]y');
  console.output('result', 's3cret');
  expect(stdout.text()).toBe('a *** b\n\ufffd]0;title\ufffd\ufffd31m\n');
  expect(stderr.text()).toBe('Error: ::error::x ##\u200b[error]y\n');
});
