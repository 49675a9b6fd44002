import { expect, test } from '@jest/globals';
import { basicAuthorization, secretForms } from '../../src/inputs/readers.ts';

const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

test('git sends a token to GitHub as the password of x-access-token', () => {
  expect(decode(basicAuthorization(TOKEN))).toBe(`x-access-token:${TOKEN}`);
});

test('the raw token and its base64 forms are secret', () => {
  const forms = secretForms(TOKEN);
  expect(forms).toContain(TOKEN);
  expect(forms).toContain(basicAuthorization(TOKEN));
  expect(forms.map(decode)).toContain(TOKEN);
});

test.each(['', ' ', '\n'])('an empty token is no secret: to mask %j would mask everything', (token) => {
  expect(secretForms(token)).toEqual([]);
});

test('what is sent of a token with white space around it is secret too', () => {
  expect(secretForms(`${TOKEN}\n`)).toEqual(expect.arrayContaining(secretForms(TOKEN)));
});
