import { describe, expect, test } from '@jest/globals';
import { parseOutputs } from './runner-files.ts';
import { parseCommand, stepLog } from './workflow-commands.ts';

describe('a line of output', () => {
  test.each([
    ['::error::boom', { name: 'error', properties: {}, message: 'boom' }],
    ['\u0085 ::error::boom', { name: 'error', properties: {}, message: 'boom' }],
    ['  \t::ERROR::boom', { name: 'error', properties: {}, message: 'boom' }],
    [
      '::warning file=a%2Cb%3A.md,line=3::x',
      { name: 'warning', properties: { file: 'a,b:.md', line: '3' }, message: 'x' },
    ],
    ['::notice title=,file=a::x', { name: 'notice', properties: { file: 'a' }, message: 'x' }],
    ['::debug::50%25 one%0Atwo%0D %2C %250A', { name: 'debug', properties: {}, message: '50% one\ntwo\r %2C %0A' }],
    ['::group::a::b', { name: 'group', properties: {}, message: 'a::b' }],
    ['see ##[error]boom%5D', { name: 'error', properties: {}, message: 'boom]' }],
    ['##[warning file=a;line=2]x', { name: 'warning', properties: { file: 'a', line: '2' }, message: 'x' }],
  ])('%j is a command', (line, command) => {
    expect(parseCommand(line)).toEqual(command);
  });

  test.each([
    'see ::error::boom',
    '::error:boom',
    '::nonsense::boom',
    '##[nonsense]x',
    '##[error',
    ': :error::x',
    '\ufeff::error::x',
    '',
  ])('%j is not a command', (line) => {
    expect(parseCommand(line)).toBeUndefined();
  });
});

describe('the log of a step', () => {
  function logOf(...lines: string[]) {
    const log = stepLog(['token']);
    for (const line of lines) log.read(line);
    return log;
  }

  test('shows commands as people see them', () => {
    const log = logOf('::group::Look', 'inside', '::endgroup::', '::debug::no', '::error title=T,line=2::boom%0Abang');
    expect(log.lines).toEqual(['▸ Look', 'inside', 'Error: boom', 'bang']);
    expect(log.annotations).toEqual([{ level: 'error', title: 'T', line: 2, message: 'boom\nbang' }]);
  });

  test('hides secrets from the moment they are known, every line of them', () => {
    const log = logOf('a secret, a token', '::add-mask::secret%0Aother', 'a secret, the other', '::notice::secret');
    expect(log.lines).toEqual(['a secret, a ***', 'a ***, the ***', 'Notice: ***']);
    expect(log.masks).toContain('other');
  });

  test('takes no commands between stop-commands and its token', () => {
    const log = logOf('::stop-commands::now', '::error::quoted', '::now::', '::error::real');
    expect(log.annotations).toEqual([{ level: 'error', message: 'real' }]);
    expect(log.lines).toContain('::error::quoted');
  });
});

describe('an output file', () => {
  test('holds values and blocks of lines', () => {
    const text = 'a=1\nb<<X\none\n\nX=2\nX\nempty<<Y\nY\nc=x<<y=z\n\nd=\n';
    expect(parseOutputs(text)).toEqual({ a: '1', b: 'one\n\nX=2', empty: '', c: 'x<<y=z', d: '' });
  });

  test.each([
    ['a<<X\none\n', "Matching delimiter not found 'X'"],
    ['nothing\n', "Invalid format 'nothing'"],
    ['=x\n', 'Name must not be empty'],
    ['a<<\n', 'delimiter must not be empty'],
  ])('is refused: %j', (text, words) => {
    expect(() => parseOutputs(text)).toThrow(words);
  });
});
