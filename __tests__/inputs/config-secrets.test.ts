import { expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { type ParsedConfig, parseConfig } from '../../src/inputs/config.ts';

const TOKEN = `ghp_${'0123456789abcdefghijKLMNOPQRSTUVWXYZ'}`;
const SECTION = `codex:\n  project: widgets\n  remotes:\n    acme/x:\n      token: ${TOKEN}\n  cache: {}\n`;
const FILE = JSON.stringify({ project: 'widgets', remotes: { 'acme/x': { token: TOKEN } }, cache: {} }, null, 1);

/** All that is known to the rest of the program, or to a reader of the log, of a file. */
function told(text: string, file: string, section?: 'codex'): string {
  try {
    const parsed: ParsedConfig | undefined = parseConfig({ text, file, ...(section && { section }) });
    return JSON.stringify(parsed ?? {});
  } catch (error) {
    if (error instanceof CodexSyncError) return error.message;
    throw error;
  }
}

/** Whether eight characters in a row of the token are in a text. */
function leaks(text: string): boolean {
  const random = TOKEN.slice(4);
  return Array.from(random, (_, index) => random.slice(index, index + 8)).some(
    (piece) => piece.length === 8 && text.includes(piece),
  );
}

const DAMAGE = [
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  ': ',
  '\t',
  '&',
  '*',
  '!',
  '|',
  '%',
  '@',
  '`',
  ' #',
  '\\',
  '\n',
  '---\n',
];

test.each<[string, string, string, 'codex' | undefined]>([
  ['the codex section', SECTION, '.fractary/config.yaml', 'codex'],
  ['a file of YAML', SECTION.replace('codex:\n', 'x:\n'), '.fractary/codex.yaml', undefined],
  ['a file of JSON', FILE, '.fractary/plugins/codex/config.json', undefined],
  ['a value on a line of its own', FILE.replace('"token": ', '"token":\n'), 'config.json', undefined],
])(
  'a token that somebody wrote under remotes is in nothing that is read from %s, however the file is broken',
  (_, whole, file, section) => {
    expect(leaks(told(whole, file, section))).toBe(false);
    const begin = whole.indexOf(TOKEN);
    const places = Array.from({ length: 20 }, (_none, index) => begin - 16 + index);
    const leaking: string[] = [];
    let broken = 0;
    for (const at of [...places, begin + TOKEN.length, begin + TOKEN.length + 1]) {
      for (const damage of DAMAGE) {
        const said = told(whole.slice(0, at) + damage + whole.slice(at), file, section);
        if (!said.startsWith('{')) broken++;
        if (leaks(said)) leaking.push(said);
      }
    }
    expect(leaking).toEqual([]);
    expect(broken).toBeGreaterThan(50);
  },
);

test('a token in a place that is read is refused without being shown', () => {
  for (const text of [`organization: ${TOKEN}/x`, `project: "${TOKEN} "`, `cache: ${TOKEN}`]) {
    const said = told(text, 'codex.yaml');
    expect(said).toContain('"…');
    expect(leaks(said)).toBe(false);
  }
});
