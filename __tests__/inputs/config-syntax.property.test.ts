import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { DEFAULT_CONFIG, parseConfig } from '../../src/inputs/config.ts';
import { anyText } from '../support/any-text.ts';
import { json, problems } from '../support/config.ts';
import { runs } from '../support/runs.ts';

describe('whatever stands in the file', () => {
  const word = fc.constantFrom(
    ...['environments', 'branches', 'default', 'prod', 'production', 'branch', 'sync_patterns', 'cache', 'handlers'],
    ...[
      '__proto__',
      'constructor',
      'codex',
      'main',
      '&a',
      '*a',
      '{',
      '}',
      '[',
      ']',
      '- ',
      ': ',
      ', ',
      '"',
      "'",
      '#',
      '|',
    ],
    ...[
      '\n',
      '\n  ',
      '\t',
      '\r',
      '---\n',
      '? ',
      '!!set ',
      '<<: ',
      '1',
      'null',
      '\uFEFF',
      '\u2028',
      '\0',
      '%YAML 1.1\n',
    ],
  );
  const text = fc.oneof(
    anyText(),
    fc.array(word, { maxLength: 25 }).map((words) => words.join('')),
  );
  const value = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), fc.constantFrom('main', 'a..b', 5), tie('map')),
    map: fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
  })).map;

  function check(source: string, file: string, part: { section?: 'codex' }): void {
    const lines = source.split('\n').length;
    let said: string[];
    try {
      const parsed = parseConfig({ text: source, file, ...part });
      const { branches } = parsed?.config.environments ?? DEFAULT_CONFIG.environments;
      expect(branches.prod).toBe(branches.production);
      said = [...(parsed?.warnings ?? []), ...(parsed?.notices ?? [])];
    } catch (error) {
      if (!(error instanceof CodexSyncError)) throw error;
      said = error.message.split('\n');
    }
    for (const line of said) {
      expect(line).toMatch(/^config\.(json|yaml)(:[1-9]\d*:)? [^\p{Cc}]+$/u);
      expect(Number(/^[^:]+:(\d+):/.exec(line)?.[1] ?? 1)).toBeLessThanOrEqual(lines);
    }
  }

  const file = fc.constantFrom('config.json', 'config.yaml');
  const part = fc.constantFrom<{ section?: 'codex' }>({}, { section: 'codex' });

  test('nothing but a CodexSyncError is thrown, and every line named is a line of the file', () => {
    fc.assert(fc.property(text, file, part, check), { numRuns: runs(2000) });
    fc.assert(
      fc.property(
        value.map((map) => JSON.stringify(map, null, 1)),
        file,
        part,
        check,
      ),
      { numRuns: runs(1000) },
    );
  });

  test('a .json file is accepted only where JSON.parse accepts it', () => {
    const almost = fc.tuple(fc.json(), fc.nat(), word).map(([source, at, extra]) => {
      const cut = at % (source.length + 1);
      return source.slice(0, cut) + extra + source.slice(cut);
    });
    fc.assert(
      fc.property(almost, (source) => {
        const [problem] = problems(() => json(source));
        let valid = true;
        try {
          JSON.parse(source.replace(/^\uFEFF/, ''));
        } catch {
          valid = source.trim() === '';
        }
        expect(/not valid JSON|ends before its JSON/.test(problem ?? '')).toBe(!valid);
      }),
      { numRuns: runs(2000) },
    );
  });
});
