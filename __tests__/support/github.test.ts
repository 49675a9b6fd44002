import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { editCodex } from './codex.ts';
import { gitText, tryGit } from './git.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import { checkoutProject, createProject } from './project.ts';

let github: LocalGitHub;
let serial = 0;

beforeAll(async () => {
  github = await startGitHub();
});
afterEach(() => {
  github.clearFaults();
  github.clearRequests();
  github.latency = 0;
});
afterAll(() => github.close());

/** A fresh private repository with two commits, and a token of each kind for it. */
async function host(options: Parameters<LocalGitHub['createRepository']>[1] = {}) {
  const name = `Acme/codex-${++serial}`;
  await github.createRepository(name, { files: { 'README.md': 'one\n', 'docs/a b/ü.md': 'deep\n' }, ...options });
  if (options.files === undefined) await editCodex(github, name, 'main', { 'README.md': 'two\n' }, 'Second');
  github.addToken(`writer-${serial}`, { [name]: 'write' }, { kind: 'installation' });
  github.addToken(`reader-${serial}`, { [name]: 'read' }, { kind: 'installation' });
  github.addToken(`stranger-${serial}`, {});
  const url = `${github.serverUrl}/${name}`;
  return { name, url, writer: `writer-${serial}`, reader: `reader-${serial}`, stranger: `stranger-${serial}` };
}

function as(token: string): string[] {
  const credential = Buffer.from(`x-access-token:${token}`).toString('base64');
  return ['-c', `http.extraheader=AUTHORIZATION: basic ${credential}`];
}

async function call(path: string, token?: string, init: RequestInit = {}) {
  const headers = { ...(token === undefined ? {} : { authorization: `token ${token}` }), ...init.headers };
  const response = await fetch(`${github.apiUrl}/repos/${path}`, { ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('application/json') === true;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

describe('git', () => {
  test('clones with the token, under both spellings of the address and any case', async () => {
    const { url, reader } = await host();
    const place = await github.scratch('clone');
    await gitText(place, [...as(reader), 'clone', '--quiet', url, 'one']);
    await gitText(place, [...as(reader), 'clone', '--quiet', `${url.replace('Acme', 'acME')}.git`, 'two']);
    expect(await gitText(join(place, 'one'), ['log', '--format=%s'])).toBe('Second\nInitial commit');
    expect(await gitText(join(place, 'two'), ['show', 'HEAD:README.md'])).toBe('two');
  });

  test('serves trees one by one by their ids in a partial clone', async () => {
    const { name, url, reader } = await host();
    const place = await github.scratch('partial');
    await gitText(place, ['init', '--quiet', '--bare', '--template=', '.']);
    const fetchOne = async (wanted: string) => {
      const noop = ['-c', 'fetch.negotiationAlgorithm=noop'];
      await gitText(place, [...as(reader), ...noop, 'fetch', '-q', '--depth=1', '--filter=tree:0', url, wanted]);
      const all = ['cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(objectname)'];
      return (await gitText(place, all)).split('\n').sort();
    };
    const commit = await github.git(name, 'rev-parse', 'main');
    const root = await github.git(name, 'rev-parse', 'main^{tree}');
    expect(await fetchOne('refs/heads/main')).toEqual([`commit ${commit}`]);
    expect(await fetchOne(root)).toEqual([`commit ${commit}`, `tree ${root}`]);
  });

  test('speaks protocol version 2 and understands compressed requests', async () => {
    const { url, reader } = await host();
    const authorization = `Basic ${Buffer.from(`x-access-token:${reader}`).toString('base64')}`;
    const headers = { authorization, 'git-protocol': 'version=2' };
    const advertised = await fetch(`${url}/info/refs?service=git-upload-pack`, { headers });
    expect(await advertised.text()).toContain('version 2\n');
    const body = gzipSync('0014command=ls-refs\n00010014ref-prefix HEAD\n0000');
    const listed = await fetch(`${url}/git-upload-pack`, {
      method: 'POST',
      headers: { ...headers, 'content-encoding': 'gzip', 'content-type': 'application/x-git-upload-pack-request' },
      body,
    });
    const text = await listed.text();
    expect(text).toMatch(/[0-9a-f]{40} HEAD\n/);
    await github.settled();
    expect(github.requests.at(-1)).toMatchObject({ kind: 'git', service: 'upload-pack', status: 200 });
    expect(github.requests.at(-1)).toMatchObject({ received: body.length, sent: text.length });
  });

  test('tells which requests came over the same connection', async () => {
    const { url, reader } = await host();
    const place = await github.scratch('connections');
    await github.settled();
    github.clearRequests();
    for (const folder of ['one', 'two']) await gitText(place, [...as(reader), 'clone', '--quiet', url, folder]);
    await github.settled();
    const [first, ...others] = github.requests.map(({ connection }) => connection);
    // A git keeps its connection, and has one of its own.
    expect(others.filter((connection) => connection === first)).toHaveLength(2);
    expect(new Set(others).size).toBe(2);
  });

  test('begins a repository as another one, which what is pushed there does not reach', async () => {
    const { name } = await host();
    await github.git(name, 'branch', 'test');
    const like = github.directory(name);
    const twin = `acme/like-${++serial}`;
    await github.createRepository(twin, { like });
    const project = await checkoutProject(github, twin);
    const refs = (of: string) => github.git(of, 'for-each-ref');
    const before = await refs(name);
    expect(await refs(twin)).toBe(before);
    await project.write('new.md', 'new\n');
    const sha = await project.commit('New');
    await project.push();
    expect(await github.git(twin, 'rev-parse', 'main')).toBe(sha);
    expect(await refs(name)).toBe(before);
    expect((await tryGit(like, ['cat-file', '-e', sha])).exitCode).not.toBe(0);
  });

  test('takes a push that is too large to be sent in one piece, and counts its bytes', async () => {
    const project = await createProject(github, `acme/large-${++serial}`, { a: 'a' });
    const bytes = 2_000_000;
    await project.write('large.bin', randomBytes(bytes));
    const sha = await project.commit('Large');
    github.clearRequests();
    await project.push();
    await github.settled();
    expect(await github.git(project.fullName, 'rev-parse', 'main')).toBe(sha);
    const received = github.requests.map((request) => request.received);
    expect(Math.max(...received)).toBeGreaterThan(bytes);
    expect(Math.max(...received)).toBeLessThan(bytes * 1.01);
  });

  test('lets one of several pushes to a branch win and refuses the others', async () => {
    const project = await createProject(github, `acme/race-${++serial}`, { a: 'a' });
    const racers = ['one', 'two', 'three', 'four', 'five', 'six'];
    for (const name of racers) {
      await project.git('checkout', '-q', '-B', name, 'origin/main');
      await project.write(name, name);
      await project.commit(name);
    }
    const pushes = racers.map((name) => tryGit(project.directory, ['push', '--porcelain', 'origin', `${name}:main`]));
    const results = await Promise.all(pushes);
    expect(results.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
    expect(await github.git(project.fullName, 'rev-list', '--count', 'main')).toBe('2');
    for (const { exitCode, stdout } of results) if (exitCode !== 0) expect(stdout.toString()).toContain('rejected]');
    await Promise.all(racers.map((name) => project.git('push', '-q', 'origin', `${name}:refs/heads/${name}`)));
    expect(await github.git(project.fullName, 'for-each-ref', '--format=x', 'refs/heads')).toBe('x\nx\nx\nx\nx\nx\nx');
  });

  test('refuses wrong, missing and weak credentials each in its own way', async () => {
    const { url, reader, stranger, writer } = await host();
    const place = await github.scratch('credentials');
    await gitText(place, [...as(reader), 'clone', '--quiet', url, '.']);
    const words = async (...args: string[]) => {
      const { exitCode, stderr } = await tryGit(place, args);
      await github.settled();
      return `${exitCode} ${github.requests.at(-1)?.status} ${stderr}`;
    };
    expect(await words(...as('wrong'), 'ls-remote')).toMatch(/^128 401 .*could not read Username/s);
    expect(await words('ls-remote')).toMatch(/^128 401 /);
    expect(await words(...as(stranger), 'ls-remote')).toMatch(/^128 404 remote: Repository not found/);
    expect(await words(...as(reader), 'push', 'origin', 'HEAD:new')).toMatch(
      /^128 403 remote: Permission to .* denied/,
    );
    expect(await words(...as(writer), ...as(writer), 'ls-remote')).toMatch(/^128 400 remote: Duplicate header/);
    expect(github.requests.at(-1)?.authorizations).toHaveLength(2);
    expect(await words(...as(writer), 'push', 'origin', 'HEAD:new')).toMatch(/^0 200 /);
  });

  test('lets everybody read what is public, and nobody push it without a token', async () => {
    const { url, stranger } = await host({ visibility: 'public' });
    const place = await github.scratch('public');
    await gitText(place, ['clone', '--quiet', url, '.']);
    expect((await tryGit(place, [...as(stranger), 'ls-remote'])).exitCode).toBe(0);
    expect((await tryGit(place, [...as('wrong'), 'ls-remote'])).exitCode).toBe(128);
    expect((await tryGit(place, ['push', 'origin', 'HEAD:new'])).stderr).toContain('could not read Username');
    expect((await tryGit(place, [...as(stranger), 'push', 'origin', 'HEAD:new'])).stderr).toContain('denied to mona');
  });

  test('refuses pushes to a protected branch in the words it was given', async () => {
    const project = await createProject(github, `acme/protected-${++serial}`, { a: 'a' });
    await project.commit('More');
    github.protect(project.fullName, 'main', "error: GH006: it's protected.\n$HOME stays `as is`.");
    const refused = await tryGit(project.directory, ['push', '--porcelain', 'origin', 'main', 'main:other']);
    expect(refused.stderr).toMatch(/remote: error: GH006: it's protected\. *\nremote: \$HOME stays `as is`\./);
    expect(refused.stdout.toString()).toContain('[remote rejected]');
    expect(await github.git(project.fullName, 'rev-parse', 'other')).toBe(await project.git('rev-parse', 'HEAD'));
    github.unprotect(project.fullName, 'main');
    await project.push();
    expect(await github.git(project.fullName, 'rev-parse', 'main')).toBe(await project.git('rev-parse', 'HEAD'));
  });
});

describe('faults', () => {
  test('strike the requests they match, after the ones they skip, as often as told', async () => {
    const { name, reader } = await host();
    const body = { message: 'Server Error' };
    github.fault({
      match: /^GET .*\/branches\//,
      skip: 1,
      times: 2,
      status: 503,
      headers: { 'retry-after': '1' },
      body,
    });
    const answers = [];
    for (let count = 0; count < 4; count++) answers.push(await call(`${name}/branches/main`, reader));
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 503, 200]);
    expect(answers[1]?.headers.get('retry-after')).toBe('1');
    expect(answers[1]?.json).toEqual(body);
  });

  test('drop a request, or only its answer after the push has landed', async () => {
    const project = await createProject(github, `acme/lost-${++serial}`, { a: 'a' });
    const first = await project.git('rev-parse', 'HEAD');
    const second = await project.commit('Second');
    github.fault({ match: /^POST .*git-receive-pack/, drop: true, times: 2 });
    await expect(project.push()).rejects.toThrow(/Empty reply|unexpected disconnect|hung up/);
    expect(await github.git(project.fullName, 'rev-parse', 'main')).toBe(first);
    github.fault({ match: /^POST .*git-receive-pack/, loseAnswer: true, times: 2 });
    await expect(project.push()).rejects.toThrow(/Empty reply|unexpected disconnect|hung up/);
    expect(await github.git(project.fullName, 'rev-parse', 'main')).toBe(second);
    await github.settled();
    expect(github.requests.filter(({ status }) => status === 0)).toHaveLength(4);
  });

  test('let something happen just before a request is served', async () => {
    const project = await createProject(github, `acme/overtaken-${++serial}`, { a: 'a' });
    await project.commit('Mine');
    const meanwhile = () => editCodex(github, project.fullName, 'main', { b: 'b' });
    github.fault({ match: /^POST .*git-receive-pack/, meanwhile });
    await expect(project.push()).rejects.toThrow(/rejected/);
  });

  test('delay one request, where latency holds every request up', async () => {
    const { name, reader } = await host();
    const timed = async () => {
      const started = performance.now();
      await call(name, reader);
      return performance.now() - started;
    };
    await timed();
    github.fault({ match: /./, delay: 400 });
    expect(await timed()).toBeGreaterThan(390);
    github.latency = 300;
    expect(await timed()).toBeGreaterThan(290);
  });
});

test('answers that GitHub could not give are noticed', async () => {
  const { name, reader } = await host();
  github.fault({ match: /branches/, tamper: (body) => ({ ...(body as object), protected: 'perhaps' }) });
  const { status, text } = await call(`${name}/branches/main`, reader);
  expect(status).toBe(500);
  expect(text).toContain('/protected must be boolean');
  expect(github.violations.splice(0)).toEqual([
    'GET /repos/{owner}/{repo}/branches/{branch} 200: /protected must be boolean',
  ]);
  await call(`${name}/stargazers`, reader);
  expect(github.undocumented.splice(0)).toEqual([`GET /repos/${name}/stargazers`]);
});
