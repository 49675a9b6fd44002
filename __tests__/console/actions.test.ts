import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createActionsConsole } from '../../src/console/actions.ts';
import { parseCommand } from '../support/workflow-commands.ts';

/** The commands that the runner reads in what was printed; every end of a line counts that .NET knows. */
function commandsIn(print: () => void) {
  const { write } = process.stdout;
  let printed = '';
  process.stdout.write = (text) => {
    printed += text;
    return true;
  };
  try {
    print();
  } finally {
    process.stdout.write = write;
  }
  return printed.split(/\r\n|\n|\r/).flatMap((one) => parseCommand(one) ?? []);
}

const pieces = ['::', ':', 'error', '::error::x', '::stop-commands::t', '::add-mask::a', '##[', '##[error]x', '#', '['];
const blanks = [' ', '\t', '\v', '\f', '\r', '\n', '\u0085', '\u00a0', '\u2028', '\u3000', '\ufeff', '\u200b'];
const line = fc.array(fc.constantFrom(...pieces, ...blanks), { maxLength: 8 }).map((all) => all.join(''));

test('no line of the log is a command, whatever is in it', () => {
  const console = createActionsConsole();
  fc.assert(
    fc.property(line, (text) => {
      expect(commandsIn(() => console.line(text))).toEqual([]);
      const group = commandsIn(() => console.group(text, [text]));
      expect(group.map(({ name }) => name)).toEqual(['group', 'endgroup']);
    }),
    { numRuns: 1000, examples: [['\u0085::error::x'], ['x\r\u3000::stop-commands::t'], ['\u0085##[error]x']] },
  );
});

test('an annotation says what it was given, and nothing else', () => {
  const console = createActionsConsole();
  fc.assert(
    fc.property(line, (text) => {
      for (const name of ['error', 'warning', 'notice'] as const) {
        expect(commandsIn(() => console[name](text))).toEqual([{ name, properties: {}, message: text }]);
      }
    }),
  );
});
