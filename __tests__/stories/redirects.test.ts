import { expect, test } from '@jest/globals';
import { codex, expectRefused, messages, pushes, refuseQuestion, token, useStories } from '../support/story.ts';

const startStory = useStories();
const renamed = 'acme/library';

test('a codex that was renamed is published to under its new name, without a request more', async () => {
  const { github, host } = await startStory();
  const project = await host('widgets', { 'docs/a.md': 'a\n' });
  const usual = await project.publish({ 'dry-run': 'true' });
  github.addToken(token, { [codex]: 'write', [renamed]: 'write' });
  github.renameRepository(codex, renamed);
  const looked = await project.publish({ 'dry-run': 'true' });
  const isFollowed = ({ path }: { path: string }) => path.startsWith('/api/v3/repositories/');
  expect(looked.requests.filter((request) => !isFollowed(request))).toHaveLength(usual.requests.length);

  const run = await project.publish();
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'branch-created': 'true' });
  expect(run.outputs['commit-url']).toContain(`/${renamed}/commit/`);
  expect(await github.git(renamed, 'show', 'test:projects/widgets/docs/a.md')).toBe('a');
  expect(run.requests.filter(({ kind, status }) => kind === 'git' && status !== 200)).toEqual([]);
});

test.each([
  ['a push', /service=git-receive-pack/],
  ['a fetch', /service=git-upload-pack/],
])('%s that GitHub redirects goes nowhere, and the error names the new place', async (_, match) => {
  const { github, host, edit } = await startStory();
  await github.git(codex, 'branch', 'test', 'main');
  // A folder that only git knows makes the run fetch.
  await edit({ 'projects/widgets/by-hand.md': 'By hand\n' });
  await github.createRepository('acme/other', { files: { 'README.md': '# Other\n' } });
  github.addToken(token, { [codex]: 'write', 'acme/other': 'write' });
  const project = await host('widgets', { 'docs/a.md': 'a\n' });
  const [path = ''] = /service=\S*[a-z]/.exec(match.source) ?? [];
  const Location = `${github.serverUrl}/acme/other/info/refs?${path}`;
  github.fault({ match, status: 301, headers: { Location }, times: 100 });
  const run = await project.publish();
  expectRefused(run, `GitHub redirects git from ${codex} to acme/other`, 'Was the repository renamed?');
  expect(run.requests.filter((request) => request.path.startsWith('/acme/other'))).toEqual([]);
  expect(pushes(run)).toEqual([]);
});

test('an answer of the API that leads to another server ends the run at once', async () => {
  const { github, host } = await startStory();
  const project = await host('widgets', { 'docs/a.md': 'a\n' });
  const Location = 'http://127.0.0.1:9/api/v3/repositories/1';
  refuseQuestion(github);
  github.fault({ match: /GET .*\/repos\/acme\/codex\.acme\.com$/, status: 302, headers: { Location }, body: {} });
  const run = await project.publish();
  expect(messages(run, 'error')).toEqual([expect.stringContaining('leads to another server, http://127.0.0.1:9')]);
  expect(pushes(run)).toEqual([]);
});

test.each([
  ['null', null],
  ['another shape', { full_name: 12 }],
])('an answer of the API that is %s is one clear sentence', async (_, body) => {
  const { github, host } = await startStory();
  const project = await host('widgets', { 'docs/a.md': 'a\n' });
  refuseQuestion(github);
  github.fault({ match: /GET .*\/repos\/acme\/codex\.acme\.com$/, status: 200, body, times: 10 });
  const run = await project.publish();
  expectRefused(run, "GitHub's answer to /api/v3/repos/acme/codex.acme.com cannot be used", 'Run it again later');
});
