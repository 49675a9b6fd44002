import { describe, expect, test } from '@jest/globals';
import { formsOf, printed, spyOnGit } from '../support/secrets.ts';
import { expectRefused, token, useStory } from '../support/story.ts';
import { typeCommand } from '../support/terminal.ts';

const { github, host } = await useStory();
const widgets = await host('widgets', {
  '.fractary/plugins/codex/config.json': '{"codex_repo":"codex.acme.com"}',
  'docs/a.md': 'a\n',
});
const secrets = formsOf(token);
const secretsIn = (text: string) => secrets.filter((secret) => text.includes(secret));

describe('Node shows no token of a run, whatever it is told to print', () => {
  test.each(['child_process', 'http,net', '*'])('at a terminal: NODE_DEBUG=%s', async (value) => {
    const env = { GITHUB_TOKEN: token, NODE_DEBUG: value };
    const run = await typeCommand(['sync-project'], { github, directory: widgets.directory, env });
    expect(run).toMatchObject({ exitCode: 2, requests: [] });
    expect(run.stderr).toContain(`The variable NODE_DEBUG is "${value}": Node would print tokens. Unset it`);
    expect(secretsIn(run.stdout + run.stderr)).toEqual([]);
  });

  test('in a workflow', async () => {
    const run = await widgets.publish({}, { env: { NODE_DEBUG: 'child_process,http,net' } });
    expectRefused(run, 'The variable NODE_DEBUG is "child_process,http,net"');
    expect([secretsIn(printed(run)), run.requests]).toEqual([[], []]);
  });

  test('while the help needs none', async () => {
    const options = { github, directory: widgets.directory, env: { NODE_DEBUG: 'module_nobody_has' } };
    expect(await typeCommand(['--help'], options)).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

test('git is told to trace nothing, whatever the environment of the run says', async () => {
  const spy = await spyOnGit(github);
  const trace = await github.scratch('trace');
  const kinds = ['TRACE', 'TRACE_CURL', 'TRACE_PACKET', 'TRACE_SETUP', 'TRACE2', 'TRACE2_EVENT', 'TRACE2_ENV_VARS'];
  const told = Object.fromEntries(kinds.map((kind) => [`GIT_${kind}`, `${trace}/${kind}`]));
  const env = { ...spy.env, ...told, GIT_CURL_VERBOSE: '1', GIT_TRACE_REDACT: '0', GIT_TRACE_CURL_NO_DATA: '0' };
  const run = await widgets.publish({}, { env });
  expect(run.outputs.conclusion).toBe('published');
  const environments = await spy.environments();
  expect(environments.length).toBeGreaterThan(5);
  expect(environments.filter((text) => /^GIT_(?:TRACE|CURL)/m.test(text))).toEqual([]);
  expect(secretsIn(printed(run))).toEqual([]);
});
