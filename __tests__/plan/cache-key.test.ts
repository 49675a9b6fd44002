import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planCacheKeys, planLookup } from '../../src/plan/cache-key.ts';
import type { Origin } from '../../src/plan/cached-copy.ts';
import { parseReferences } from '../../src/request/references.ts';

const ORIGIN: Origin = {
  codex: 'acme/codex.acme.com',
  organization: 'acme',
  project: 'widgets',
  environment: 'test',
  branch: 'test',
};
const DOCUMENTS = new Map([
  ['docs/a.md', { id: 'a'.repeat(40), executable: false }],
  ['docs/b.md', { id: 'b'.repeat(40), executable: true }],
]);
const references = (...paths: string[]) =>
  parseReferences(paths.map((path) => `@codex/widgets/${path}`).join('\n'), 'acme');
const ASKED = references('docs/**', 'README.md');
const keys = (more: Partial<Origin> = {}, asked = ASKED, documents: typeof DOCUMENTS | undefined = DOCUMENTS) =>
  planCacheKeys({ ...ORIGIN, ...more }, asked, documents);

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

  test.each<[string, Partial<Origin>]>([
    ['another codex of the same organization', { codex: 'acme/codex2' }],
    ['another branch of the same environment', { branch: 'qa' }],
  ])('%s is another question', (_, more) => {
    expect(keys(more).question).not.toBe(keys().question);
    expect(keys(more).environment).toBe(keys().environment);
  });

  test.each<[string, Partial<Origin>]>([
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
    const changed = new Map(DOCUMENTS).set('docs/a.md', { id: 'c'.repeat(40), executable: false });
    expect(keys({}, ASKED, changed).question).toBe(keys().question);
    expect(keys({}, ASKED, changed).primary).not.toBe(keys().primary);
    const moved = new Map([['docs/c.md', { id: 'a'.repeat(40), executable: false }]]);
    expect(keys({}, ASKED, moved).primary).not.toBe(keys().primary);
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
