import { describe, expect, test } from '@jest/globals';
import { type CopyRecord, parseRecord, renderRecord, sameOrigin } from '../../src/fetch/cache-index.ts';
import { blobId } from '../../src/text/ids.ts';

const RECORD: CopyRecord = {
  codex: 'acme/codex.acme.com',
  organization: 'acme',
  project: 'widgets',
  environment: 'test',
  branch: 'test',
  commit: 'c'.repeat(40),
  cachedAt: '2026-11-24T06:00:00.000Z',
  documents: new Map([['docs/a.md', { id: blobId('a'.repeat(40)), executable: true }]]),
};
const json = () => JSON.parse(renderRecord(RECORD)) as Record<string, unknown>;

describe('the record of a copy', () => {
  test('says all there is to say, and is read back as it was', () => {
    expect(parseRecord(renderRecord(RECORD))).toEqual(RECORD);
  });

  test.each<[string, unknown]>([
    ['nonsense', 'nonsense'],
    ['another version', { ...json(), version: 2 }],
    ['no branch', { ...json(), branch: undefined }],
    ['a number for a commit', { ...json(), commit: 7 }],
    ['a commit that is none', { ...json(), commit: 'HEAD' }],
    ['a date that is none', { ...json(), cachedAt: 'yesterday' }],
    ['no documents', { ...json(), documents: [] }],
    ['a document that is null', { ...json(), documents: { 'docs/a.md': null } }],
    ['a blob id that is a path', { ...json(), documents: { 'docs/a.md': { id: blobId('../x'), executable: false } } }],
    ['a path that leaves', { ...json(), documents: { '../a.md': { id: blobId('a'.repeat(40)), executable: false } } }],
    [
      'a bit that is a word',
      { ...json(), documents: { 'docs/a.md': { id: blobId('a'.repeat(40)), executable: 'no' } } },
    ],
  ])('%s is none', (_, text) => {
    expect(parseRecord(typeof text === 'string' ? text : JSON.stringify(text))).toBeUndefined();
  });
});

describe('two origins are the same', () => {
  test('whatever the case of the codex, which GitHub does not tell apart', () => {
    expect(sameOrigin(RECORD, { ...RECORD, codex: 'Acme/Codex.acme.com' })).toBe(true);
  });

  test.each(['codex', 'organization', 'project', 'environment', 'branch'] as const)(
    'but not with another %s',
    (name) => {
      expect(sameOrigin(RECORD, { ...RECORD, [name]: 'other' })).toBe(false);
    },
  );

  test.each(['organization', 'project', 'environment', 'branch'] as const)(
    'and not with another case of the %s',
    (name) => {
      expect(sameOrigin(RECORD, { ...RECORD, [name]: RECORD[name].toUpperCase() })).toBe(false);
    },
  );
});
