import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { employApps, key, privateKey, secretLines, strangeKey } from '../support/acting-app.ts';
import { formsOf, leaks, printed, spyOnGit } from '../support/secrets.ts';
import { codex, useStory } from '../support/story.ts';

const story = await useStory();
const { github, host } = story;
const { register, act } = employApps(story);

describe('no form of token, key or JWT is shown, handed over on a command line, or left on disk', () => {
  test.each([
    ['success', {}, 'published'],
    ['a refused push', { env: 'prod' }, 'failed'],
    ['a codex that it may not see', { 'codex-repository': 'acme/elsewhere' }, 'failed'],
    ['a key of another App', { 'app-id': 4711 }, 'failed'],
  ])('%s', async (end, inputs, conclusion) => {
    if (conclusion === 'published') {
      github.addApp({ id: 4711, privateKey: strangeKey() });
    }
    const app = register();
    const project = await host(`quiet-${end.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    github.protect(codex, 'main', 'You are not welcome');
    const spy = await spyOnGit(github);

    const run = await act(app, project, inputs, { env: { ...spy.env, RUNNER_DEBUG: '1' } });

    expect(run.outputs).toMatchObject({ conclusion });
    const jwts = run.requests.flatMap(({ authorizations }) => authorizations.filter((one) => /^bearer /i.test(one)));
    expect(jwts.length).toBeGreaterThan(0);
    const masked = [...app.tokens.flatMap(formsOf), ...secretLines(key)];
    const secrets = [...masked, ...jwts.map((one) => one.slice('bearer '.length))];
    const shown = [printed(run), run.summary, JSON.stringify(run.outputs), ...(await spy.argv())].join('\n');
    expect(printed(run)).toContain('::debug::');
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    expect(run.masks).toEqual(expect.arrayContaining(masked));
    expect(await leaks(dirname(run.temp), secrets)).toEqual([]);
    expect(await leaks(project.directory, secrets)).toEqual([]);
    const inGit = (await spy.environments()).flatMap((text) => text.split('\n'));
    const told = inGit.filter((line) => secrets.some((secret) => line.includes(secret)));
    for (const line of told) expect(line).toMatch(/^GIT_CONFIG_VALUE_\d+=AUTHORIZATION: basic /);
    github.unprotect(codex, 'main');
  });
});

describe('takes the key and the id in every form that GitHub gives them', () => {
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  test.each([
    ['PKCS#8', pkcs8],
    ['with line breaks of Windows', key.replaceAll('\n', '\r\n')],
    ['with \\n for each line break', key.trim().replaceAll('\n', '\\n')],
    ['PKCS#8 with \\n', pkcs8.replaceAll('\n', '\\n')],
    ['indented, with white space around it', `\n  ${key.replaceAll('\n', '\n    ')}\n`],
  ])('%s', async (form, given) => {
    const project = await host(`key-${form.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const run = await act(register(), project, { 'private-key': given });
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    expect(run.masks).toEqual(expect.arrayContaining(secretLines(given)));
  });

  test.each(['client-id', 'app-id'])('the client ID in "%s"', async (input) => {
    const app = register({ clientId: `Iv23li${input.replace('-', '')}01234567` });
    const project = await host(`named-by-${input}`, { 'docs/a.md': 'A\n' });
    const run = await act(app, project, { 'app-id': '', [input]: app.clientId });
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    const [signed = ''] = run.requests.find(({ path }) => path.endsWith('/installation'))?.authorizations ?? [];
    const claims = JSON.parse(Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString());
    expect(claims.iss).toBe(app.clientId);
  });
});
