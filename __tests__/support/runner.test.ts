import type { ChildProcess } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCacheService } from './cache-service.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import { createProject, type Project } from './project.ts';
import { openPullRequest } from './pull-request.ts';
import { runAction } from './runner.ts';
import { cacheScopes } from './runner-environment.ts';
import { computeInputs, evaluate } from './runner-files.ts';

let github: LocalGitHub;
let project: Project;

beforeAll(async () => {
  github = await startGitHub();
  github.addToken('reader', { 'acme/widgets': 'read' });
  project = await createProject(github, 'acme/widgets', { 'docs/a.md': 'a\n' }, { visibility: 'internal' });
});
afterAll(() => github.close());

/** Runs some lines of JavaScript as if they were the action. */
async function step(script: string, options: Partial<Parameters<typeof runAction>[0]> = {}) {
  const entry = join(await github.scratch('entry'), 'main.mjs');
  await writeFile(entry, `import fs from 'node:fs';\nconst { env } = process;\n${script}\n`);
  return runAction({ github, workspace: project.directory, entry, ...options });
}

const tell =
  "fs.writeFileSync(env.GITHUB_OUTPUT, 'env=' + JSON.stringify(env) + '\\nevent=' + JSON.stringify(JSON.parse(fs.readFileSync(env.GITHUB_EVENT_PATH, 'utf8'))) + '\\ncwd=' + process.cwd());";

async function told(options: Partial<Parameters<typeof runAction>[0]> = {}) {
  const { outputs } = await step(tell, options);
  return { env: JSON.parse(outputs.env ?? ''), event: JSON.parse(outputs.event ?? ''), cwd: outputs.cwd };
}

test('a step sees the variables of a runner and nothing of the test', async () => {
  process.env.SECRET_OF_THE_TEST = 'x';
  const { env, event, cwd } = await told({ inputs: { 'dry-run': true, 'no such input': 5 }, env: { MORE: '1' } });
  const sha = await project.git('rev-parse', 'HEAD');
  expect(env).toMatchObject({ GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push', GITHUB_SHA: sha, MORE: '1' });
  expect(env).toMatchObject({ GITHUB_REPOSITORY: 'acme/widgets', GITHUB_REPOSITORY_OWNER: 'acme' });
  expect(env).toMatchObject({ GITHUB_REF: 'refs/heads/main', GITHUB_REF_NAME: 'main', GITHUB_REF_TYPE: 'branch' });
  expect(env).toMatchObject({ GITHUB_SERVER_URL: github.serverUrl, GITHUB_API_URL: github.apiUrl });
  expect(env).toMatchObject({ 'INPUT_DRY-RUN': 'true', INPUT_NO_SUCH_INPUT: '5' });
  expect(env).not.toHaveProperty('SECRET_OF_THE_TEST');
  // All that a runner does not set: where Node keeps what it compiled.
  expect(Object.keys(env).filter((name) => /^(NODE|JEST|npm)/.test(name))).toEqual(['NODE_COMPILE_CACHE']);
  expect(cwd).toBe(project.directory);
  expect(event).toMatchObject({ ref: 'refs/heads/main', after: sha });
  expect(event.repository).toMatchObject({ full_name: 'acme/widgets', visibility: 'internal', default_branch: 'main' });
});

test('a step can be run through another program, and as on a fresh runner', async () => {
  let place = '';
  const { stdout } = await step("console.log('the step', env.NODE_COMPILE_CACHE ?? 'cold');", {
    cold: true,
    through: (command, folder) => {
      place = folder;
      return ['sh', '-c', 'echo before; "$@"; echo after', 'sh', ...command];
    },
  });
  expect(stdout).toBe('before\nthe step cold\nafter\n');
  expect((await readdir(place)).sort()).toEqual(['_temp', 'home', 'tmp', 'tools']);
});

test('a run is told whether its ref is protected, by itself or by a ruleset', async () => {
  const isProtected = async (ref: string) => (await told({ ref })).env.GITHUB_REF_PROTECTED;
  const rules = [{ type: 'creation' }];
  github.protect('acme/widgets', 'guarded');
  github.addRuleset('acme/widgets', { name: 'v', target: 'tag', include: ['refs/tags/v*'], rules });
  github.addRuleset('acme/widgets', { name: 'r', target: 'branch', include: ['refs/heads/release/*'], rules });
  for (const ref of ['refs/heads/guarded', 'refs/heads/release/9', 'refs/tags/v1'])
    expect(await isProtected(ref)).toBe('true');
  for (const ref of ['refs/heads/main', 'refs/tags/guarded', 'refs/pull/7/merge'])
    expect(await isProtected(ref)).toBe('false');
});

test('a tag, and a payload of its own', async () => {
  const payload = { repository: { private: false, visibility: undefined }, release: { tag_name: 'v1' } };
  const { env, event } = await told({ event: 'release', ref: 'refs/tags/v1', sha: 'f'.repeat(40), payload });
  expect(env).toMatchObject({ GITHUB_REF_NAME: 'v1', GITHUB_REF_TYPE: 'tag', GITHUB_SHA: 'f'.repeat(40) });
  expect(event).toMatchObject({
    repository: { private: false, full_name: 'acme/widgets' },
    release: { tag_name: 'v1' },
  });
  expect(event.repository).not.toHaveProperty('visibility');
});

test('a pull request names the commits that were merged', async () => {
  const own = await createProject(github, 'acme/pulled', { a: 'a' });
  await own.git('checkout', '-q', '-b', 'topic');
  await own.write('b', 'b');
  const head = await own.commit('Topic');
  await own.push();
  const pull = await openPullRequest(github, 'acme/pulled', { number: 7, head: 'topic' });
  await own.checkout(pull.ref);
  const where = { workspace: own.directory, repository: 'acme/pulled', event: 'pull_request', ref: pull.ref };
  const payload = { action: 'closed', pull_request: { head: { ref: 'topic', repo: { full_name: 'fork/pulled' } } } };
  const { env, event } = await told({ ...where, payload });
  expect(env).toMatchObject({ GITHUB_REF_NAME: '7/merge', GITHUB_HEAD_REF: 'topic', GITHUB_BASE_REF: 'main' });
  expect(env.GITHUB_SHA).toBe(pull.merge);
  expect(event).toMatchObject({ number: 7, action: 'closed', pull_request: { number: 7, state: 'open' } });
  expect(event.pull_request.head).toMatchObject({ sha: head, ref: 'topic', repo: { full_name: 'fork/pulled' } });
  expect(event.pull_request.base).toMatchObject({ sha: pull.base, repo: { full_name: 'acme/pulled' } });
});

test('what a step did is all there: exit code, log, outputs, summary, leftovers, requests', async () => {
  const run = await step(
    `console.log('::add-mask::hidden\\nnot hidden\\n::warning file=a.md::careful');
     console.error('::error::boom');
     fs.writeFileSync(env.GITHUB_OUTPUT, 'changed=true\\nresult<<E\\n{\\n}\\nE\\n');
     fs.writeFileSync(env.GITHUB_STEP_SUMMARY, '# Done');
     for (const name of ['ENV', 'STATE', 'PATH']) fs.writeFileSync(env['GITHUB_' + name], name);
     fs.writeFileSync(env.RUNNER_TEMP + '/left', '');
     fs.mkdtempSync((await import('node:os')).tmpdir() + '/forgotten-');
     const headers = { authorization: 'token ' + env.TOKEN };
     await (await fetch(env.GITHUB_API_URL + '/repos/acme/widgets', { headers })).text();
     process.stdout.write('no newline at the end');
     process.exitCode = 3;`,
    { inputs: { 'no-such-input': 'x' }, githubToken: 'ghs_mine', env: { TOKEN: 'ghs_mine' } },
  );
  expect(run).toMatchObject({ exitCode: 3, outputs: { changed: 'true', result: '{\n}' }, summary: '# Done' });
  expect(run.annotations).toContainEqual({ level: 'warning', message: 'careful', file: 'a.md' });
  expect(run.annotations).toContainEqual({ level: 'error', message: 'boom' });
  expect(run.log.split('\n').sort()).toEqual(['Error: boom', 'Warning: careful', 'no newline at the end', 'not ***']);
  expect(run.masks).toEqual(['hidden']);
  expect(run.handedOn).toEqual({ env: 'ENV', state: 'STATE', path: 'PATH' });
  expect(run.leftovers).toEqual(['left', expect.stringMatching(/^tmp\/forgotten-/)]);
  expect(run.runnerWarnings.join()).toContain("Unexpected input(s) 'no-such-input'");
  expect(run.requests).toMatchObject([{ path: '/api/v3/repos/acme/widgets', status: 401 }]);
});

test('the standard token may write to the repository of the run and to no other', async () => {
  const workflow = { workspace: project.directory, inputs: {} };
  const script = `for (const name of ['widgets', 'others']) {
      const response = await fetch(env.GITHUB_API_URL + '/repos/acme/' + name, { headers: { authorization: 'token ' + env.T } });
      console.log(response.status, (await response.json()).permissions?.push);
    }`;
  await github.createRepository('acme/others', { files: { a: 'a' } });
  const token = `ghs_runner${Buffer.from('acme/widgets').toString('hex').padEnd(30, '0')}`;
  const { stdout } = await step(script, { ...workflow, env: { T: token } });
  expect(stdout).toBe('200 true\n404 undefined\n');
});

test("a workflow's permissions are those of the standard token, and what it does not name is not granted", async () => {
  await github.git('acme/widgets', 'branch', '-f', 'topic', 'main');
  await openPullRequest(github, 'acme/widgets', { head: 'topic' });
  const script = `for (const path of ['', '/branches/main', '/pulls/1']) {
      const headers = { authorization: 'token ' + env['INPUT_PROJECT-TOKEN'] };
      const response = await fetch(env.GITHUB_API_URL + '/repos/acme/widgets' + path, { headers });
      console.log(response.status, (await response.json()).message);
    }`;
  const refused = '403 Resource not accessible by integration\n';
  const seen = async (options: object) => (await step(script, options)).stdout;
  const runs = [
    seen({}),
    seen({ permissions: { contents: 'read' } }),
    seen({ permissions: { 'pull-requests': 'read', contents: 'none' } }),
    seen({ permissions: { contents: 'read', 'pull-requests': 'write' } }),
  ];
  const [all, contents, pulls, both] = await Promise.all(runs);
  const found = '200 undefined\n';
  expect(all).toBe(found.repeat(3));
  expect(contents).toBe(found.repeat(2) + refused);
  expect(pulls).toBe(found + refused + found);
  expect(both).toBe(found.repeat(3));
});

test('several run at once, each with files of its own', async () => {
  const script =
    "await new Promise((r) => setTimeout(r, 200)); fs.appendFileSync(env.GITHUB_OUTPUT, 'id=' + env.ID + '\\n');";
  const runs = await Promise.all(['1', '2', '3'].map((ID) => step(script, { env: { ID } })));
  expect(runs.map(({ outputs }) => outputs.id)).toEqual(['1', '2', '3']);
});

test('a run can be watched, and ends when it takes too long', async () => {
  let child: ChildProcess | undefined;
  const onStart = (started: ChildProcess) => {
    child = started;
  };
  const run = await step('setInterval(() => {}, 1000);', { timeout: 300, onStart });
  expect(run).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  expect(child?.killed).toBe(true);
});

test('outputs that the runner would refuse fail the run', async () => {
  await expect(step("fs.writeFileSync(env.GITHUB_OUTPUT, 'a<<X\\n')")).rejects.toThrow('Matching delimiter not found');
});

test('a summary that is too long is not shown', async () => {
  const run = await step("fs.writeFileSync(env.GITHUB_STEP_SUMMARY, 'x'.repeat(1024 * 1024 + 1))");
  expect(run.summary).toBe('');
  expect(run.runnerWarnings.join()).toContain('upload aborted');
});

test('inputs: defaults, what the workflow says, and what is not declared', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's own expressions look like that
  const [tokenOfJob, unknown] = ['${{ github.token }}', '${{ secrets.x }}'];
  const declared = { env: null, token: { default: tokenOfJob }, 'Two Words': { default: 2 } };
  const { variables, warnings } = computeInputs(declared, { ENV: 'prod', dry_run: true }, { 'github.token': 't' });
  expect(variables).toEqual({ INPUT_ENV: 'prod', INPUT_TOKEN: 't', INPUT_TWO_WORDS: '2', INPUT_DRY_RUN: 'true' });
  expect(warnings).toEqual(["Unexpected input(s) 'dry_run', valid inputs are ['env', 'token', 'Two Words']"]);
  expect(computeInputs({ env: null }, {}, {}).variables).toEqual({ INPUT_ENV: '' });
  expect(() => evaluate(unknown, {})).toThrow('does not know');
});

test('what a run may do with caches depends on its ref and on what it goes into', () => {
  const facts = { event: 'push', ref: 'refs/heads/main', sha: '', repository: '', actor: '', number: 1, headRef: 'x' };
  const scopesOf = (event: string, ref: string, baseRef = 'main') =>
    cacheScopes({ ...facts, event, ref, baseRef }, 'main').map(({ scope, permission }) => `${scope} ${permission}`);
  expect(scopesOf('push', 'refs/heads/main')).toEqual(['refs/heads/main 3']);
  expect(scopesOf('push', 'refs/heads/x', 'y')).toEqual(['refs/heads/x 3', 'refs/heads/main 1']);
  expect(scopesOf('release', 'refs/tags/v1')).toEqual(['refs/tags/v1 3', 'refs/heads/main 1']);
  const onPull = ['refs/pull/7/merge 3', 'refs/heads/release 1', 'refs/heads/main 1'];
  expect(scopesOf('pull_request', 'refs/pull/7/merge', 'release')).toEqual(onPull);
  expect(scopesOf('pull_request', 'refs/pull/7/merge')).toEqual(['refs/pull/7/merge 3', 'refs/heads/main 1']);
});

test('a step with a cache finds it with the real client, and git finds the host that this needs', async () => {
  const cache = await startCacheService();
  try {
    const script = `
      const { execFileSync } = await import('node:child_process');
      const url = env.GITHUB_SERVER_URL + '/' + env.GITHUB_REPOSITORY;
      const header = 'http.' + url + '.extraheader=Authorization: Bearer ' + env.INPUT_TOKEN;
      const git = execFileSync('git', ['-c', header, 'ls-remote', url, 'HEAD'], { encoding: 'utf8' });
      const { restoreCache, saveCache } = await import(${JSON.stringify(import.meta.resolve('@actions/cache'))});
      const saved = await saveCache(['docs'], 'k-1');
      const restored = await restoreCache(['docs'], 'k-2', ['k-']);
      fs.writeFileSync(env.GITHUB_OUTPUT, 'told=' + JSON.stringify({ git, saved, restored, env }));`;
    const { outputs, masks } = await step(script, { cache, ref: 'refs/heads/x', inputs: { token: 'reader' } });
    const { git, saved, restored, env } = JSON.parse(outputs.told ?? '');
    expect({ git, saved, restored }).toEqual({ git: expect.stringMatching(/\tHEAD\n$/), saved: 1, restored: 'k-1' });
    expect(cache.entries()).toMatchObject([{ key: 'k-1', repository: 'acme/widgets', scope: 'refs/heads/x' }]);
    expect(env).toMatchObject({ GITHUB_API_URL: github.apiUrl, ACTIONS_RESULTS_URL: cache.url });
    expect(masks).not.toContain(env.ACTIONS_RUNTIME_TOKEN);
  } finally {
    await cache.close();
  }
  const { env } = await told();
  expect(Object.keys(env).filter((name) => name.startsWith('ACTIONS_'))).toEqual([]);
});
