import { expect, test } from '@jest/globals';
import { DIRECTIONS, publishes, pullsDocuments } from '../../src/inputs/definitions.ts';
import { codexAccess } from '../../src/inputs/request.ts';

test('a direction says which sides are written', () => {
  expect(DIRECTIONS.filter(publishes)).toEqual(['to-codex', 'bidirectional']);
  expect(DIRECTIONS.filter(pullsDocuments)).toEqual(['from-codex', 'bidirectional']);
});

test.each([
  ['write', { dryRun: false }],
  ['write', { dryRun: false, direction: 'to-codex' }],
  ['write', { dryRun: false, direction: 'bidirectional' }],
  ['read', { dryRun: false, direction: 'from-codex' }],
  ['read', { dryRun: true }],
  ['read', { dryRun: true, direction: 'bidirectional' }],
  ['read', {}],
] as const)('%s is the least for %j', (access, request) => {
  expect(codexAccess(request)).toBe(access);
});
