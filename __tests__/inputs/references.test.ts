import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { parseReferences } from '../../src/inputs/references.ts';

const parse = (text: string) => parseReferences(text, 'acme');
const parsed = (text: string) => parse(text).map(({ project, path, glob }) => ({ project, path, glob }));

/** The lines of the one error. */
function problems(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'bad-input') return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a reference', () => {
  test.each([
    ['@codex/widgets/docs/guide.md', 'widgets', 'docs/guide.md', false],
    ['codex://acme/widgets/docs/guide.md', 'widgets', 'docs/guide.md', false],
    ['codex://ACME/widgets/README.md', 'widgets', 'README.md', false],
    ['@codex/widgets/docs/**', 'widgets', 'docs/**', true],
    ['@codex/widgets/docs/{a,b}.md', 'widgets', 'docs/{a,b}.md', true],
    ['@codex/my.project_1/.claude/x.md', 'my.project_1', '.claude/x.md', false],
    ['@codex/widgets/docs/c#.md', 'widgets', 'docs/c#.md', false],
    ['@codex/widgets/docs/with space.md', 'widgets', 'docs/with space.md', false],
    ['@codex/widgets/docs/100%.md', 'widgets', 'docs/100%.md', false],
    ['@codex/widgets/docs/note: x.md', 'widgets', 'docs/note: x.md', false],
    ['@codex/widgets/!(drafts)/x.md', 'widgets', '!(drafts)/x.md', true],
  ])('%s', (text, project, path, glob) => {
    expect(parsed(text)).toEqual([{ project, path, glob }]);
  });

  test('is one a line; comments and blank lines do not count, and the same one counts once', () => {
    const text =
      '# all of them\r\n\n  @codex/a/x.md  # the first\r\n@codex/a/x.md\ncodex://acme/a/x.md\n@codex/b/y.md\n';
    expect(parsed(text)).toEqual([
      { project: 'a', path: 'x.md', glob: false },
      { project: 'b', path: 'y.md', glob: false },
    ]);
  });

  test.each([
    ['docs/[id]/page.md', true, true],
    ['docs/a.md', false, false],
    ...[...'*?{}()!+@'].map((sign) => [`docs/[id]/${sign}a.md`, true, false] as const),
  ])('%s, a glob: %s, may be the name of a document all the same: %s', (path, glob, maybeName) => {
    const [reference] = parse(`@codex/widgets/${path}`);
    expect(reference).toMatchObject({ glob, maybeName });
  });

  test('a glob matches dotfiles, and a path only itself', () => {
    const [glob, path] = parse('@codex/a/docs/**\n@codex/a/docs/x.md');
    expect(['docs/.x/y.md', 'docs/x.md', 'x.md'].map((one) => glob?.matches(one))).toEqual([true, true, false]);
    expect(['docs/.x/y.md', 'docs/x.md', 'x.md'].map((one) => path?.matches(one))).toEqual([false, true, false]);
  });
});

describe('what leaves its place is refused, with its line', () => {
  test.each([
    ['@codex/widgets/../gadgets/x.md', 'a part "." or ".."'],
    ['@codex/widgets/docs/..', 'a part "." or ".."'],
    ['@codex/widgets/./x.md', 'a part "." or ".."'],
    ['@codex/../x.md', 'names no project'],
    ['@codex/./x.md', 'names no project'],
    ['@codex/.git/x.md', 'names no project'],
    ['@codex/wid gets/x.md', 'names no project'],
    ['@codex/widgets//x.md', 'is absolute'],
    ['@codex/widgets/docs//x.md', 'an empty part'],
    ['@codex/widgets/docs/', 'names a folder'],
    ['@codex/widgets/.git/config', "a name of git's own"],
    ['@codex/widgets/docs/.GIT/x', "a name of git's own"],
    ['@codex/widgets/docs/git~1/x', "a name of git's own"],
    ['@codex/widgets/docs/.git. /x', "a name of git's own"],
    ['@codex/widgets/docs/.g\u200cit/x', "a name of git's own"],
    ['@codex/widgets/docs\\..\\x.md', 'a backslash'],
    ['@codex/widgets/C:/x.md', 'a drive letter'],
    ['@codex/widgets/docs/c:x.md', 'a drive letter'],
    ['@codex/widgets/%2e%2e/x.md', 'an encoded dot'],
    ['@codex/widgets/docs/%2E%2E%2fx.md', 'an encoded dot'],
    ['@codex/widgets/docs/%252e%252e/x.md', 'an encoded dot'],
    ['@codex/widgets/docs/x%5cy.md', 'an encoded dot'],
    ['@codex/widgets/docs/x%00.md', 'an encoded dot'],
    ['@codex/widgets/docs/x\u0000.md', 'a control character'],
    ['@codex/widgets/docs/\u001b[2J.md', 'a control character'],
    ['@codex/widgets/!docs/x.md', 'starts its path with "!"'],
    ['codex://other/widgets/x.md', 'of organization other'],
    ['codex://../widgets/x.md', 'names no organization'],
    ['codex:///widgets/x.md', 'names no organization'],
    ['docs/guide.md', 'is not a reference'],
    ['@codex/widgets', 'is not a reference'],
    ['@codex/widgets/', 'is not a reference'],
    ['https://example.com/x.md', 'is not a reference'],
    ['/etc/passwd', 'is not a reference'],
  ])('%j', (text, why) => {
    const [problem, ...others] = problems(`@codex/widgets/fine.md\n${text}`);
    expect(others).toEqual([]);
    expect(problem).toContain('(line 2 of "references")');
    expect(problem).toContain(why);
    expect(problem).not.toMatch(/\p{Cc}/u);
  });

  test('all bad ones at once', () => {
    expect(problems('@codex/a/../x\n@codex/b/y.md\n/etc/passwd\n')).toEqual([
      expect.stringContaining('(line 1 of'),
      expect.stringContaining('(line 3 of'),
    ]);
  });

  test('a project beside another one whose name differs only in case', () => {
    const text = '@codex/widgets/a.md\n@codex/Widgets/a.md\n@codex/widgets/b.md\n';
    expect(problems(text)).toEqual([expect.stringMatching(/line 2 .*names project Widgets beside widgets/)]);
  });

  test('none at all', () => {
    expect(problems('# nothing\n\n')).toEqual([expect.stringContaining('"references" names no document. Use @codex/')]);
  });
});
