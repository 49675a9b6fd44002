import { access, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Project } from '../support/project.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { formsOf, leaks, printed, spyOnGit } from '../support/secrets.ts';
import { codex, useStory } from '../support/story.ts';
import { typeCommand } from '../support/terminal.ts';

const { github, host } = await useStory();
const token = 'ghp_secretOfTheCodex0123456789';
const projectToken = 'ghs_secretOfTheProject0123456789';

github.addToken(token, { [codex]: 'write' });
github.addToken('ghp_elsewhere', { 'acme/elsewhere': 'write' });
github.addToken(projectToken, { '*': 'read' }, { kind: 'installation' });

const base64 = (text: string) => Buffer.from(text).toString('base64');
const basic = (secret: string) => base64(`x-access-token:${secret}`);
const secrets = [token, projectToken].flatMap(formsOf);
const secretsIn = (text: string) => secrets.filter((secret) => text.includes(secret));

const tokens = { token, 'project-token': projectToken };

describe('no form of a token is shown, handed over on a command line, or left on disk', () => {
  const ends: { end: string; inputs: GivenInputs; conclusion: string }[] = [
    { end: 'success', inputs: {}, conclusion: 'published' },
    { end: 'a dry run', inputs: { 'dry-run': true }, conclusion: 'dry-run' },
    { end: 'a refused push', inputs: { env: 'prod' }, conclusion: 'failed' },
    { end: 'a missing repository', inputs: { 'codex-repository': 'acme/nowhere' }, conclusion: 'failed' },
  ];
  test.each(ends.map((one, index) => ({ ...one, index })))('$end', async ({ inputs, conclusion, index }) => {
    const project = await host(`quiet-${index}`, { 'docs/a.md': 'A\n' });
    github.protect(codex, 'main', 'You are not welcome');
    const spy = await spyOnGit(github);

    const run = await project.publish({ ...tokens, ...inputs }, { env: { ...spy.env, RUNNER_DEBUG: '1' } });

    expect(run.outputs).toMatchObject({ conclusion });
    expect(printed(run)).toContain('::debug::');
    expect(secretsIn([printed(run), run.summary, JSON.stringify(run.outputs)].join('\n'))).toEqual([]);
    expect(run.masks).toEqual(expect.arrayContaining(secrets));
    expect((await spy.argv()).length).toBeGreaterThan(3);
    expect(secretsIn((await spy.argv()).join(''))).toEqual([]);
    expect(await leaks(dirname(run.temp), secrets)).toEqual([]);
    expect(await leaks(project.directory, secrets)).toEqual([]);
  });

  test('git sees a token only in GIT_CONFIG_VALUE_*, and only where it talks to the server', async () => {
    const project = await host('sparing', { 'docs/a.md': 'A\n' });
    const spy = await spyOnGit(github);

    await project.publish(tokens, { env: spy.env });

    const environments = await spy.environments();
    const lines = environments.flatMap((text) => text.split('\n')).filter((line) => secretsIn(line).length > 0);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^GIT_CONFIG_VALUE_\d+=AUTHORIZATION: basic /);
    expect(environments.length - lines.length).toBeGreaterThan(5);
    expect(environments.filter((text) => /^(INPUT|ACTIONS)_/m.test(text))).toEqual([]);
  });
});

test('a token with white space around it is masked in the form that is used', async () => {
  const project = await host('pasted', { 'docs/a.md': 'A\n' });

  const run = await project.publish({ ...tokens, token: ` ${token}\n` });

  expect(run.outputs).toMatchObject({ conclusion: 'published' });
  expect(run.masks).toEqual(expect.arrayContaining([token, base64(token), basic(token)]));
});

describe('a token that cannot be one is refused before any request, and is not shown', () => {
  const halves = ['ghp_firstHalf0123', 'ghp_secondHalf4567'];
  const broken = halves.join('\n');
  const isShown = (text: string) => /firstHalf|secondHalf/.test(text);

  test.each([
    ['a run', { token: broken }, 'token'],
    ['doctor', { token: broken, mode: 'doctor' }, 'token'],
    ['the token for the project', { ...tokens, 'project-token': broken }, 'project-token'],
  ])('%s', async (what, inputs, name) => {
    const project = await host(`broken-${what.replaceAll(' ', '-')}`, { 'docs/a.md': 'A\n' });
    const run = await project.publish(inputs);
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed' } });
    expect(run.stdout).toContain(`The token in "${name}" has a line break, which no token has.`);
    expect(run.requests.filter(({ authorizations }) => authorizations.some(isShown))).toEqual([]);
    if (what !== 'doctor') expect(run.requests).toEqual([]);
    expect(isShown([printed(run), run.summary, JSON.stringify(run.outputs)].join('\n'))).toBe(false);
    expect(run.masks).toEqual(expect.arrayContaining(halves));
  });

  test.each([
    ['GITHUB_TOKEN', [], { GITHUB_TOKEN: broken }],
    ['GH_TOKEN', [], { GH_TOKEN: broken }],
    ['--token', ['--token', broken], {}],
    ['--project-token', ['--project-token', broken], { GITHUB_TOKEN: token }],
    ['"gh auth token"', [], {}],
  ])('at a terminal, from %s', async (source, flags, env) => {
    const { directory } = await host(`broken-at-${source.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const programs = { gh: `printf '%s\\n' ${halves.join(' ')}` };
    const run = await typeCommand(['status', '--json', ...flags], { github, directory, env, programs });
    const phrase = source.startsWith('--') ? `token in ${source}` : `token from ${source}`;
    const message = `The ${phrase} has a line break, which no token has. Give the token alone: one line, without spaces and quotation marks.`;
    expect(run).toMatchObject({ exitCode: 2, json: { error: { code: 'bad-input', message } }, requests: [] });
    expect(run.stderr).toBe(`Error: ${message}\n`);
  });
});

describe('another header for the server never leads to two, and never wins', () => {
  const header = `AUTHORIZATION: basic ${basic('ghp_elsewhere')}`;
  const places: Record<string, (project: Project) => string> = {
    'of actions/checkout, in the checkout': () => '',
    'in the global configuration': () => `[http "${github.serverUrl}/"]\n\textraheader = ${header}\n`,
    'in the global configuration, without a slash': () => `[http "${github.serverUrl}"]\n\textraheader = ${header}\n`,
    'in the global configuration, for every server': () => `[http]\n\textraheader = ${header}\n`,
    'in the global configuration, for the owner': () =>
      `[http "${github.serverUrl}/acme"]\n\textraheader = ${header}\n`,
    'in the global configuration, for the codex': () =>
      `[http "${github.serverUrl}/${codex}"]\n\textraheader = ${header}\n`,
  };
  test.each(Object.keys(places).map((place, index) => ({ place, index })))('$place', async ({ place, index }) => {
    const project = await host(`header-${index}`, { 'docs/a.md': 'A\n' });
    expect(await project.git('config', '--get', `http.${github.serverUrl}/.extraheader`)).toMatch(
      /^AUTHORIZATION: basic/,
    );
    const home = await github.scratch('home');
    await writeFile(join(home, '.gitconfig'), places[place]?.(project) ?? '');

    const run = await project.publish(tokens, { env: { HOME: home } });

    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    const git = run.requests.filter(({ kind }) => kind === 'git');
    expect(git.length).toBeGreaterThan(2);
    for (const { authorizations } of git) {
      expect(authorizations).toEqual([expect.stringMatching(new RegExp(`^basic ${basic(token)}$`, 'i'))]);
    }
  });
});

describe("the user's own configuration", () => {
  const published = { exitCode: 0, outputs: { conclusion: 'published' } };
  const withConfig = async (name: string, config: string) => {
    const home = await github.scratch('home');
    await writeFile(join(home, '.gitconfig'), config);
    const project = await host(name, { 'docs/a.md': `${name}\n` });
    return project.publish(tokens, { env: { HOME: home } });
  };

  test.each([
    ['to ssh', 'insteadOf', () => 'git@github.example:'],
    ['to another credential', 'insteadOf', () => github.serverUrl.replace('//', '//x-access-token:ghp_other@') + '/'],
    ['to another server, for pushes', 'pushInsteadOf', () => 'http://127.0.0.1:1/'],
  ])('does not rewrite the URL of the codex %s', async (what, key, to) => {
    const config = `[url "${to()}"]\n\t${key} = ${github.serverUrl}/\n`;
    const run = await withConfig(`rewritten-${what.replace(/\W/g, '-')}`, config);
    expect(run).toMatchObject(published);
    expect(run.requests.filter(({ authorizations }) => authorizations.length !== 1)).toEqual([]);
  });

  test('asks no credential helper, not even for a token that is refused', async () => {
    const note = join(await github.scratch('helper'), 'asked');
    const config = `[credential]\n\thelper = "!touch '${note}'; true"\n`;
    expect(await withConfig('helped', config)).toMatchObject(published);
    const headers = { 'WWW-Authenticate': 'Basic' };
    github.fault({ match: new RegExp(`/${codex}/.*git-upload-pack`), status: 401, headers, times: 10 });
    const refused = await withConfig('refused', config);
    github.clearFaults();
    expect(refused.exitCode).toBe(1);
    await expect(access(note)).rejects.toThrow('ENOENT');
  });
});

/** The settings that git was given in its environment, in their order. */
function settingsIn(environment: string): (string | undefined)[][] {
  const count = Number(/^GIT_CONFIG_COUNT=(\d+)$/m.exec(environment)?.[1]);
  return Array.from({ length: count }, (_, index) =>
    ['KEY', 'VALUE'].map((part) => new RegExp(`^GIT_CONFIG_${part}_${index}=(.*)$`, 'm').exec(environment)?.[1]),
  );
}

test('git runs with nothing of what a checkout or a person could make it do', async () => {
  const spy = await spyOnGit(github);
  const project = await host('environment', { 'docs/a.md': 'A\n' });
  // With settings of its own for connections, git pushes by itself.
  await project.publish(tokens, { env: { ...spy.env, GIT_SSL_CAPATH: '/' } });
  const environments = await spy.environments();
  expect(environments.length).toBeGreaterThan(5);
  for (const environment of environments) {
    const lines = environment.split('\n');
    for (const line of [
      'GIT_ASKPASS=',
      'GIT_TERMINAL_PROMPT=0',
      'GIT_NO_REPLACE_OBJECTS=1',
      'GIT_NO_LAZY_FETCH=1',
      'GIT_OPTIONAL_LOCKS=0',
      'GIT_HTTP_LOW_SPEED_LIMIT=100',
      'GIT_HTTP_LOW_SPEED_TIME=60',
      'LC_ALL=C',
    ]) {
      expect(lines).toContain(line);
    }
    expect(environment).toMatch(/^GIT_ALLOW_PROTOCOL=(?:none|http:https)$/m);
    const settings = settingsIn(environment);
    for (const setting of [
      ['core.hooksPath', '/dev/null'],
      ['core.fsmonitor', 'false'],
      ['credential.helper', ''],
      ['push.gpgSign', 'false'],
      ['safe.directory', '*'],
    ]) {
      expect(settings).toContainEqual(setting);
    }
  }
  // The header stands under the very key that actions/checkout writes, after an empty one that drops what it wrote.
  const ofPush = environments.filter((environment) => environment.includes('extraheader'));
  expect(ofPush.length).toBeGreaterThanOrEqual(2);
  for (const environment of ofPush) {
    const ofServer = settingsIn(environment).filter(([key]) => key === `http.${github.serverUrl}/.extraheader`);
    expect(ofServer.map(([, value]) => value)).toEqual(['', expect.stringMatching(/^AUTHORIZATION: basic .+$/)]);
  }
});
