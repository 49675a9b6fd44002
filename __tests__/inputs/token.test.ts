import { expect, test } from '@jest/globals';
import { problemText } from '../../src/errors.ts';
import { inputVariable, parseInputs, readInputs } from '../../src/inputs/parse.ts';
import { basicAuthorization, secretForms } from '../../src/inputs/readers.ts';
import { spellAsFlags, spellAsInputs } from '../../src/text/spell-inputs.ts';

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

test('each line of a text of several lines is secret, since each may be a token', () => {
  const other = TOKEN.replace('ghs', 'ghp');
  expect(secretForms(`${TOKEN}\r\n${other}\n`)).toEqual(
    expect.arrayContaining([...secretForms(TOKEN), ...secretForms(other)]),
  );
});

const given = (token: string, projectToken = TOKEN) => ({
  [inputVariable('token')]: token,
  [inputVariable('project-token')]: projectToken,
});

const foreign: [string, string][] = [
  [`${TOKEN}\n${TOKEN}`, 'a line break, which no token has'],
  [`${TOKEN}\r${TOKEN}`, 'a line break, which no token has'],
  [`${TOKEN} # the codex`, 'white space, which no token has'],
  [`"${TOKEN}"`, 'a quotation mark, which no token has'],
  [`${TOKEN}ü`, 'a character that no token has'],
  [`${TOKEN}\u0000`, 'a character that no token has'],
  [`${TOKEN}\u200b`, 'a character that no token has'],
];

test.each(foreign)('%j is refused as a token, and is not shown', (text, flaw) => {
  const hint = 'Store the token alone as the secret: one line, without spaces and quotation marks.';
  expect(() => parseInputs(given(text))).toThrow(
    expect.objectContaining({ code: 'bad-input', message: `The token in "token" has ${flaw}. ${hint}` }),
  );
  const { inputs, credentialProblems } = readInputs(given(text));
  expect(inputs).toMatchObject({ token: '', projectToken: TOKEN });
  expect(credentialProblems).toHaveLength(1);
});

test.each(foreign)('%j is refused as a project token, and is not shown', (text, flaw) => {
  expect(() => parseInputs(given(TOKEN, text))).toThrow(`The token in "project-token" has ${flaw}. Store`);
  const { inputs, problems, credentialProblems } = readInputs(given(TOKEN, text));
  expect(inputs).toMatchObject({ token: TOKEN, projectToken: undefined });
  expect(problems.map(problemText).join('')).not.toContain(TOKEN);
  expect(credentialProblems).toEqual([]);
});

test('one text given as both tokens is one problem, named by its source at a terminal', () => {
  const fromVariable = { phrase: 'token from GITHUB_TOKEN', renewal: '' };
  spellAsFlags({ tokens: { token: fromVariable, 'project-token': fromVariable }, typed: {} });
  const { inputs, problems } = readInputs(given('a b', 'a b'));
  spellAsInputs();
  expect(inputs).toMatchObject({ token: '', projectToken: undefined });
  expect(problems.map(problemText)).toEqual([
    'The token from GITHUB_TOKEN has white space, which no token has. Give the token alone: one line, without spaces and quotation marks.',
  ]);
});

test.each([TOKEN, 'ghp_aB9', 'github_pat_11AA_bc', 'v1.0123abcdef', 'ghs_eyJh.eyJp.c2ln-_', 'YWJj=='])(
  '%s is accepted as a token',
  (token) => {
    expect(parseInputs(given(token, token))).toMatchObject({ token, projectToken: token });
  },
);
