import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type Problem, problemText } from '../../src/errors.ts';
import { type GivenCredentials, parseAppKey, secretLines } from '../../src/inputs/readers.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (type: 'pkcs1' | 'pkcs8') => privateKey.export({ type, format: 'pem' }).toString();
const key = pem('pkcs1');

function parse(given: Partial<GivenCredentials>) {
  const problems: Problem[] = [];
  const defaults = {
    clientId: undefined,
    appId: '7',
    privateKey: key,
    token: 'ghs_default',
    projectToken: 'ghs_default',
  };
  const app = parseAppKey({ ...defaults, ...given }, problems);
  return { app, problems: problems.map(problemText) };
}

test('neither id nor key: a token acts', () => {
  expect(parse({ appId: undefined, privateKey: undefined })).toEqual({ app: undefined, problems: [] });
});

const ids = ['7', '123456', 'Iv1.8a61f9b3a7aba766', 'Iv23liAbCdEf01234567'];
test.each(ids)('%s is an App, in either input and in both', (id) => {
  const app = (input: string) => ({ app: { id, input, privateKey: key.trim() }, problems: [] });
  expect(parse({ appId: id })).toEqual(app('app-id'));
  expect(parse({ clientId: id, appId: undefined })).toEqual(app('client-id'));
  expect(parse({ clientId: id, appId: id })).toEqual(app('client-id'));
});

test('two Apps are an error that names both inputs', () => {
  const { app, problems } = parse({ clientId: 'Iv23liAbCdEf01234567', appId: '7' });
  expect(app).toBeUndefined();
  expect(problems).toEqual([
    'Inputs "client-id" and "app-id" both name the GitHub App, and their values differ. Give only "client-id".',
  ]);
});

test.each(['my-app', '-7', '7.0', '0x7', 'Iv', '7\n8', 'ghp_secret', '9'.repeat(16)])(
  '%j is none, and is not shown',
  (id) => {
    for (const [input, given] of [
      ['app-id', { appId: id }],
      ['client-id', { clientId: id, appId: undefined }],
    ] as const) {
      const { app, problems } = parse(given);
      expect(app).toBeUndefined();
      expect(problems).toEqual([expect.stringContaining(`Input "${input}" is neither a client ID nor a number.`)]);
      expect(problems[0]).not.toContain('ghp_secret');
    }
  },
);

describe('a key', () => {
  const forms = (['pkcs1', 'pkcs8'] as const).flatMap((type) =>
    [
      (text: string) => text,
      (text: string) => text.trim(),
      (text: string) => text.replaceAll('\n', '\r\n'),
      (text: string) => text.replaceAll('\n', '\\n'),
      (text: string) => text.replaceAll('\n', '\\r\\n'),
      (text: string) => text.replaceAll('\n', '\\\\n'),
      (text: string) => JSON.stringify(text),
      (text: string) => text.replaceAll('\n', '\n    '),
      (text: string) => `Bag Attributes\n  localKeyID: 01\n${text}\n`,
    ].map((write) => [type, write(pem(type))] as const),
  );
  test.each(forms.map(([type, text], index) => [type, index, text] as const))('in %s, form %i', (type, _, text) => {
    expect(parse({ privateKey: text })).toEqual({
      app: { id: '7', input: 'app-id', privateKey: pem(type).trim() },
      problems: [],
    });
  });

  test.each([
    ['words', 'my key'],
    ['the first line', '-----BEGIN RSA PRIVATE KEY-----'],
    ['base64 of it', Buffer.from(key).toString('base64')],
    ['a part', key.slice(0, 900)],
    ['spaces for line breaks', key.replaceAll('\n', ' ')],
    ['the public key', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['another kind', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    [
      'an encrypted one',
      privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
    ],
    ['a forged one', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
  ])('is not %s, and nothing of it is shown', (_, text) => {
    const { app, problems } = parse({ privateKey: text });
    expect(app).toBeUndefined();
    expect(problems).toEqual([expect.stringMatching(/^Input "private-key" is not the private key of a GitHub App\./)]);
    expect(secretLines(text).filter((line) => problems[0]?.includes(line))).toEqual([]);
  });
});

test('one without the other is an error, also beside a token', () => {
  expect(parse({ appId: undefined }).problems).toEqual([expect.stringContaining('"client-id" (or "app-id") is empty')]);
  expect(parse({ privateKey: undefined }).problems).toEqual([
    expect.stringContaining('"private-key" is empty, but "app-id" is given.'),
  ]);
  expect(parse({ privateKey: undefined, appId: undefined, clientId: 'Iv23liAbCdEf01234567' }).problems).toEqual([
    expect.stringContaining('"private-key" is empty, but "client-id" is given.'),
  ]);
});

test.each<[string, boolean, Partial<GivenCredentials>]>([
  ['the default', false, {}],
  ['no token', false, { token: undefined }],
  ['no project token', false, { projectToken: undefined }],
  ['the default beside a project token', false, { projectToken: 'ghp_project' }],
  ['a default of another form', false, { token: 'v1.default', projectToken: 'v1.default' }],
  ['a personal token', true, { token: 'ghp_mine' }],
  ['a fine-grained token', true, { token: 'github_pat_mine' }],
])('%s beside an App: %s', (_, isWrong, given) => {
  const { app, problems } = parse(given);
  expect(problems.some((problem) => problem.startsWith('Inputs "token" and "app-id" are both given'))).toBe(isWrong);
  expect(app === undefined).toBe(isWrong);
});

test('each line of a key is secret, in whatever form it was given', () => {
  const lines = key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  expect(secretLines(key)).toEqual(lines);
  expect(secretLines(key.replaceAll('\n', '\\n'))).toEqual(lines);
  expect(secretLines('no key')).toEqual(['no key']);
  expect(secretLines('')).toEqual([]);
  // A word that stands everywhere would hide the log.
  expect(secretLines('{\n"a"\n}')).toEqual([]);
});
