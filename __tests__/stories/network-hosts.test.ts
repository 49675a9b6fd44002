import { readFile } from 'node:fs/promises';
import { afterAll, expect, test } from '@jest/globals';
import type { Contact } from '../../scripts/network.ts';
import { MODES, type Mode } from '../../src/inputs/readers.ts';
import { employApps, key } from '../support/acting-app.ts';
import { startCacheService } from '../support/cache-service.ts';
import { cacheDir } from '../support/consumer.ts';
import { gitText } from '../support/git.ts';
import type { LocalGitHub } from '../support/github.ts';
import { checkoutProject } from '../support/project.ts';
import { startProxy } from '../support/proxy.ts';
import { closePullRequest, openPullRequest } from '../support/pull-request.ts';
import type { ActionOptions, ActionRun } from '../support/runner.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { codex, token, useStories } from '../support/story.ts';

// Addresses as GitHub has them. Only the proxy knows where the servers behind them are, which speak no TLS, at port 443.
const SITES = {
  'github.com': ['github.com', 'api.github.com'],
  'data residency': ['octocorp.ghe.com', 'api.octocorp.ghe.com'],
  'Enterprise Server': ['github.example.com', 'github.example.com'],
} as const;
const RESULTS = 'results-receiver.actions.githubusercontent.com';
const STORAGE = 'productionresultssa7.blob.core.windows.net';

const projectToken = 'ghs_project';
const startStory = useStories();
const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

/** An address as the document writes it: with what is another one for each user. */
function spell(address: string): string {
  return address
    .replace(/^[a-z0-9]+(?=\.blob\.core\.windows\.net:)/, '*')
    .replace('octocorp.ghe.com', 'SUBDOMAIN.ghe.com')
    .replace('github.example.com', 'HOSTNAME');
}

async function start() {
  const story = await startStory();
  const { github } = story;
  const cache = await startCacheService(`http://${STORAGE}:443`);
  const [githubPort, cachePort] = [github.serverUrl, cache.url].map((url) => Number(new URL(url).port));
  const ports = new Map<string, number | undefined>([
    ...Object.values(SITES)
      .flat()
      .map((host) => [host, githubPort] as const),
    [RESULTS, cachePort],
    [STORAGE, cachePort],
  ]);
  const proxy = await startProxy((host) => ports.get(host));
  closing.push(proxy.close, cache.close);
  github.attachCaches(cache);
  const runs: { mode: Mode; run: ActionRun }[] = [];
  const write = { 'acme/widgets': 'write', [codex]: 'read' } as const;
  github.addToken(projectToken, write, { kind: 'installation' });

  /** Runs the action at one of GitHub's sites, by way of the proxy. */
  async function run(
    workspace: string,
    inputs: GivenInputs,
    options: Partial<ActionOptions> = {},
    site: keyof typeof SITES = 'github.com',
  ): Promise<ActionRun> {
    const [server, api] = SITES[site];
    const env = {
      GITHUB_SERVER_URL: `http://${server}:443`,
      GITHUB_API_URL: `http://${api}:443/api/v3`,
      http_proxy: proxy.url,
      ...(options.cache && { ACTIONS_RESULTS_URL: `http://${RESULTS}:443/`, NODE_OPTIONS: '' }),
    };
    const given = { 'codex-repository': codex, ...(!inputs['app-id'] && { token }), ...inputs };
    const ended = await story.publish(
      { fullName: options.repository ?? 'acme/widgets', directory: workspace },
      { ...given, ...(inputs['app-id'] !== undefined && { token: '' }) },
      { githubToken: projectToken, ...options, env },
    );
    expect({ inputs, errors: ended.annotations.filter(({ level }) => level === 'error') }).toEqual({
      inputs,
      errors: [],
    });
    runs.push({ mode: (inputs.mode ?? 'sync-project') as Mode, run: ended });
    return ended;
  }

  /** Every address that was asked, for what, and with which credentials. */
  function contacts(): Contact[] {
    const requests = runs.flatMap((one) => one.run.requests);
    const asked = [
      ...requests.map(({ host, kind, authorizations }) => ({ host, use: kind, credential: nameOf(authorizations[0]) })),
      ...cache.requests.map(({ host, method, authorization }) =>
        method.startsWith('blob ')
          ? { host, use: 'cache-archives', credential: authorization === '' ? 'signed-address' : nameOf(authorization) }
          : { host, use: 'cache-entries', credential: authorization === '' ? 'none' : 'runtime-token' },
      ),
    ];
    const found = new Map<string, Set<string>>();
    for (const { host, use, credential } of asked) {
      const name = `${spell(host)} ${use}`;
      found.set(name, (found.get(name) ?? new Set()).add(credential));
    }
    return [...found].map(([name, credentials]) => {
      const [address = '', use = ''] = name.split(' ');
      return { address, use, credentials: [...credentials].sort() } as Contact;
    });
  }

  function nameOf(authorization = ''): string {
    const [kind = '', sent = ''] = authorization.split(' ');
    const secret = kind.toLowerCase() === 'basic' ? (atob(sent).split(':')[1] ?? '') : sent;
    if (secret === '') return 'none';
    if (secret === token) return 'token';
    if (secret === projectToken) return 'project-token';
    if (secret.startsWith('ey')) return 'app-key';
    return secret.startsWith('ghs_') ? 'app-token' : `unknown: ${secret}`;
  }

  return { ...story, cache, proxy, runs, run, contacts };
}

/** A checkout that lacks the documents below `docs`, which are then asked of the project. */
async function cloneWithoutDocuments(github: LocalGitHub): Promise<string> {
  const directory = await github.scratch('partial');
  const header = `http.extraheader=AUTHORIZATION: bearer ${projectToken}`;
  const url = `${github.serverUrl}/acme/widgets`;
  await gitText(directory, ['-c', header, 'clone', '--quiet', '--filter=blob:none', '--sparse', url, '.']);
  return directory;
}

test('the action asks these hosts and ports, for these purposes and with these credentials, and no others', async () => {
  const session = await start();
  const { github, cache, host, run, runs, proxy, contacts } = session;
  const project = await host('widgets', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  const { directory } = project;

  await run(directory, { mode: 'doctor' }, { cache });
  await run(directory, {});
  await project.git('checkout', '--quiet', '-b', 'feature');
  await project.write('docs/new.md', 'New\n');
  await project.commit('Propose');
  await project.push('feature');
  const { ref } = await openPullRequest(github, 'acme/widgets', { number: 7, head: 'feature' });
  const proposed = await checkoutProject(github, 'acme/widgets', { ref });
  const about = { event: 'pull_request', pullRequest: 7 };
  await run(proposed.directory, { comment: true }, { ...about, ref });
  await closePullRequest(github, 'acme/widgets', 7);
  await run(directory, {}, { ...about, action: 'closed' });

  await run(directory, { mode: 'promote', env: 'prod', project: 'widgets' }, { event: 'workflow_dispatch' });
  await run(directory, { mode: 'status' });
  const fetch = { mode: 'fetch', env: 'prod', references: '@codex/widgets/docs/a.md' };
  await run(directory, fetch, { cache });
  const cached = await run(directory, { ...fetch, 'cache-dir': 'again' }, { cache });
  expect(cached.outputs['cache-hit']).toBe('true');
  await run(directory, { mode: 'cache-list', 'cache-dir': cacheDir }, { cache });

  const nowhere = await github.scratch('no-checkout');
  const grants = { [codex]: 'write', 'acme/widgets': 'read' } as const;
  github.addToken(token, grants);
  await run(nowhere, { mode: 'sync-org', repositories: 'widgets' }, { event: 'schedule', repository: codex });
  github.addToken(token, { [codex]: 'write' });
  await run(directory, { mode: 'retire', env: 'prod', project: 'widgets' }, { event: 'workflow_dispatch' });

  const app = employApps(session).register();
  const byApp = { 'app-id': app.id, 'private-key': key };
  const changed = await checkoutProject(github, 'acme/widgets');
  await changed.write('docs/a.md', 'A, changed\n');
  await changed.commit('Change');
  await changed.push();
  for (const site of Object.keys(SITES) as (keyof typeof SITES)[]) {
    const name = site.replaceAll(' ', '-');
    await run(directory, { mode: 'doctor' }, {}, site);
    await run(changed.directory, { project: `${name}-token` }, {}, site);
    await run(changed.directory, { project: `${name}-app`, ...byApp }, {}, site);
    await run(await cloneWithoutDocuments(github), { project: `${name}-partial` }, {}, site);
  }

  expect(new Set(runs.map(({ mode }) => mode))).toEqual(new Set(MODES));
  const committed: Contact[] = JSON.parse(await readFile('docs/network.json', 'utf8'));
  const byAddress = (one: Contact, other: Contact) =>
    `${one.address} ${one.use}`.localeCompare(`${other.address} ${other.use}`);
  expect(contacts().sort(byAddress)).toEqual(committed.sort(byAddress));
  const asked = new Set([...proxy.addresses].map(spell));
  expect(asked).toEqual(new Set(committed.map(({ address }) => address)));
}, 120_000);
