import { expect, test } from '@jest/globals';
import { createActionsConsole } from '../../src/console/actions.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { answerMessage } from '../../src/github/failures.ts';
import { renderFailure } from '../../src/report/outputs.ts';
import { markdownText } from '../../src/report/summary.ts';
import { printable } from '../../src/text/phrases.ts';
import { hideSecret } from '../../src/text/secrets.ts';

// Markdown escapes the underscore and the dash.
const secret = 'ghp_secret-0123456789';
const halves = /ghp|secret|0123456789/;
hideSecret(secret);
// The parts of a longer secret are none of its own.
hideSecret('ghp_secret');

const errors = [
  new TypeError(`token ${secret} is not a legal HTTP header value`),
  new CodexSyncError('remote-failed', `GitHub could not be reached (${secret}).`),
  Object.assign(new Error(`ENOSPC: ${secret}`), { code: 'ENOSPC' }),
  `a text with ${secret}`,
];

test.each(errors.map((error) => [String(error), error] as const))('%s shows no secret in a report', (_, error) => {
  const { annotation, stack, summary, outputs } = renderFailure(error, {});
  const shown = [annotation, stack.join(''), summary, outputs.result].join('\n').replaceAll('failure-secrets', '');
  expect(annotation).toContain('***');
  expect(shown).not.toMatch(halves);
});

test('a secret is masked before a text is cut or escaped', () => {
  expect(printable(`${'x'.repeat(95)}${secret}`, 100)).toBe(`${'x'.repeat(95)}***`);
  expect(markdownText(`a ${secret}`)).toBe('a &#42;&#42;&#42;');
  expect(answerMessage(new TypeError(`token ${secret} is wrong`))).toBe('token *** is wrong');
});

test('a text too short for a secret hides nothing', () => {
  hideSecret('abc');
  hideSecret('  a  ');
  expect(printable('abc  a  ')).toBe('abc  a  ');
});

test('an output of the action has no secret', () => {
  const { write } = process.stdout;
  let printed = '';
  process.stdout.write = (text) => {
    printed += text;
    return true;
  };
  try {
    createActionsConsole().secret('a:masked/text');
    createActionsConsole().output('result', '{"a":"a:masked/text"}');
  } finally {
    process.stdout.write = write;
  }
  expect(printed).toContain('::add-mask::a:masked/text');
  expect(printed).toContain('{"a":"***"}');
});
