import { posix } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { originFolder } from '../../src/fetch/cache-index.ts';
import { resolveReferences } from '../../src/fetch/resolve.ts';
import { parseReferences } from '../../src/inputs/references.ts';
import { blobId } from '../../src/text/ids.ts';
import { anyText } from '../support/any-text.ts';
import { runs } from '../support/runs.ts';

function tryParse(words: string): ReturnType<typeof parseReferences> | undefined {
  try {
    return parseReferences(words, 'acme');
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'bad-input') return undefined;
    throw error;
  }
}

test('no accepted reference, and nothing that it resolves to, leaves the folder of its project and environment', () => {
  const hostile = ['..', '.', '', '.git', '.GIT', 'git~1', '~', '%2e%2e', 'C:', 'c:x', 'a\\b', '/', '\0'];
  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('docs', 'a.md', '*', '**', '{a,..}', '+(..)', '[.][.]', '?', '*.md', '..a'),
    },
    { weight: 1, arbitrary: fc.constantFrom(...hostile) },
    { weight: 1, arbitrary: anyText({ maxLength: 6 }) },
  );
  const path = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const head = fc.constantFrom(
    '@codex/widgets/',
    '@codex/widgets/',
    'codex://acme/widgets/',
    '@codex/',
    'codex://',
    '',
  );
  // What is asked for often stands there literally.
  const question = fc.record({
    begin: head,
    asked: path,
    others: fc.array(path, { maxLength: 20 }),
    there: fc.boolean(),
  });
  let accepted = 0;
  let resolved = 0;
  fc.assert(
    fc.property(question, ({ begin, asked, others, there }) => {
      const words = begin + asked;
      const listed = there ? [...others, asked] : others;
      const references = tryParse(words);
      if (references === undefined) return;
      const document = { id: blobId('a'.repeat(40)), executable: false };
      const { documents } = resolveReferences(references, new Map(listed.map((one) => [one, document])), {
        onWindows: false,
      });
      accepted += references.length;
      resolved += documents.size;
      const targets = [
        ...references.map(({ project, path: asked }) => [project, asked] as const),
        ...[...documents].map(([found, { reference }]) => [reference.project, found] as const),
      ];
      for (const [project, found] of targets) {
        const folder = `/workspace/cache/${originFolder({ organization: 'acme', project, environment: 'test' })}`;
        expect(posix.join(folder, found)).toBe(`${folder}/${found}`);
        expect(found).not.toMatch(/\\|\0|(?:^|\/)(?:|\.|\.\.|\.git|git~1)(?:\/|$)|(?:^|\/)[a-z]:/i);
      }
    }),
    { numRuns: runs(3000) },
  );
  // Else the property would say nothing.
  expect(accepted).toBeGreaterThan(500);
  expect(resolved).toBeGreaterThan(100);
});
