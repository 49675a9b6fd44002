import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type DocumentsOrigin,
  isAnswerKey,
  keyEnvironment,
  planCacheKeys,
  planLookup,
  planSaveKey,
} from '../../src/fetch/cache-index.ts';
import { parseReferences } from '../../src/inputs/references.ts';
import { blobId } from '../../src/text/ids.ts';

const ORIGIN: DocumentsOrigin = {
  codex: 'acme/codex.acme.com',
  organization: 'acme',
  project: 'widgets',
  environment: 'test',
  branch: 'test',
};
const DOCUMENTS = new Map([
  ['docs/a.md', { id: blobId('a'.repeat(40)), executable: false }],
  ['docs/b.md', { id: blobId('b'.repeat(40)), executable: true }],
]);
const references = (...paths: string[]) =>
  parseReferences(paths.map((path) => `@codex/widgets/${path}`).join('\n'), 'acme');
const ASKED = references('docs/**', 'README.md');
const keys = (
  more: Partial<DocumentsOrigin> = {},
  asked = ASKED,
  documents: typeof DOCUMENTS | undefined = DOCUMENTS,
) => planCacheKeys({ ...ORIGIN, ...more }, asked, documents);

describe('the keys of an entry', () => {
  test('name organization, project and environment, then question and answer', () => {
    expect(keys().primary).toMatch(/^codex\/acme\/widgets\/test\/[0-9a-f]{32}-[0-9a-f]{32}$/);
    expect(keys().primary?.startsWith(keys().question)).toBe(true);
    expect(keys().question).toMatch(/^codex\/acme\/widgets\/test\/[0-9a-f]{32}-$/);
    expect(keys().environment).toBe('codex/acme/widgets/test/');
  });

  test('are looked for best first: what stands in for a damaged entry, the entry, the question, the environment', () => {
    const { primary, question, environment } = keys();
    expect(planLookup(keys())).toEqual([`${primary}-`, primary, question, environment]);
    expect(planLookup(planCacheKeys(ORIGIN, ASKED, undefined))).toEqual([question, environment]);
  });

  test.each<[string, Partial<DocumentsOrigin>]>([
    ['another codex of the same organization', { codex: 'acme/codex2' }],
    ['another branch of the same environment', { branch: 'qa' }],
  ])('%s is another question', (_, more) => {
    expect(keys(more).question).not.toBe(keys().question);
    expect(keys(more).environment).toBe(keys().environment);
  });

  test.each<[string, Partial<DocumentsOrigin>]>([
    ['environment', { environment: 'prod' }],
    ['project', { project: 'gadgets' }],
    ['organization', { organization: 'other' }],
  ])('another %s shares nothing', (_, more) => {
    const [mine, theirs] = [keys(), keys(more)];
    for (const key of planLookup(theirs)) {
      expect(mine.primary?.startsWith(key)).toBe(false);
    }
  });

  test('the order of references and documents does not matter, what they are does', () => {
    const turned = new Map([...DOCUMENTS].reverse());
    expect(keys({}, references('README.md', 'docs/**'), turned)).toEqual(keys());
    expect(keys({}, references('docs/**')).question).not.toBe(keys().question);
    const changed = new Map(DOCUMENTS).set('docs/a.md', { id: blobId('c'.repeat(40)), executable: false });
    expect(keys({}, ASKED, changed).question).toBe(keys().question);
    expect(keys({}, ASKED, changed).primary).not.toBe(keys().primary);
    const moved = new Map([['docs/c.md', { id: blobId('a'.repeat(40)), executable: false }]]);
    expect(keys({}, ASKED, moved).primary).not.toBe(keys().primary);
  });

  test('another writing of the codex is the same codex, and a reference that stands twice counts once', () => {
    expect(keys({ codex: 'Acme/Codex.acme.com' })).toEqual(keys());
    expect(keys({}, [...ASKED, ...ASKED])).toEqual(keys());
  });

  test('an entry is saved once: where its key is taken, what replaces it has another', () => {
    const now = new Date('2026-11-22T10:00:00Z');
    const { primary, question } = keys();
    expect(planSaveKey(keys(), undefined, now)).toBe(primary);
    expect(planSaveKey(keys(), `${question}${'0'.repeat(32)}`, now)).toBe(primary);
    const second = planSaveKey(keys(), primary, now);
    expect(second).toBe(`${primary}-${now.getTime().toString(36)}`);
    const third = planSaveKey(keys(), second, new Date(now.getTime() + 1));
    expect(third).not.toBe(second);
    expect([primary, second, third].map((key) => isAnswerKey(keys(), key))).toEqual([true, true, true]);
  });

  test.each([
    ['no key', undefined],
    ['another answer', `${keys().question}${'0'.repeat(32)}`],
    ['a key that only begins so', `${keys().primary}0`],
  ])('%s is not this answer', (_, key) => {
    expect(isAnswerKey(keys(), key)).toBe(false);
  });

  test('where the codex has not answered, no key is this answer', () => {
    const unanswered = planCacheKeys(ORIGIN, ASKED, undefined);
    expect(unanswered.primary).toBeUndefined();
    expect(isAnswerKey(unanswered, 'undefined-x')).toBe(false);
  });

  test('a key says its environment', () => {
    expect(keyEnvironment(keys().primary ?? '')).toBe('test');
    expect(keyEnvironment('npm-linux-x64')).toBeUndefined();
  });

  test('are taken by the client whatever the names are: short enough, and without a comma', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/);
    const environment = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/);
    fc.assert(
      fc.property(name, environment, fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/), (project, env, owner) => {
        const all = planLookup(keys({ project, environment: env, organization: owner }));
        for (const key of all) expect(key).toMatch(/^[^,]{1,400}$/);
      }),
    );
  });
});
