import { generateKeyPairSync } from 'node:crypto';
import { type CacheService, startCacheService } from '../../__tests__/support/cache-service.ts';
import { type LocalGitHub, startGitHub } from '../../__tests__/support/github.ts';
import { createProject, type Project } from '../../__tests__/support/project.ts';
import { openPullRequest } from '../../__tests__/support/pull-request.ts';
import { runAction } from '../../__tests__/support/runner.ts';
import { CODEX } from '../demo-step.ts';
import type { Places } from './plan.ts';

const WIDGETS = 'acme/widgets';
const LIBRARY = 'acme/library';
const GADGETS = 'acme/gadgets';
const FEATURE = 'colours';
const TAG = 'v1.0.0';
const PULL_REQUEST = 7;
const TOKEN = 'github_pat_of_act';
const READ_TOKEN = 'github_pat_of_act_that_reads';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEY = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const APP = 4711;
const PERMISSIONS = { contents: 'write', metadata: 'read' } as const;

/** What the documents call `secrets.…`. Here every job sees all of them, since act knows no environments. */
export const SECRETS: Readonly<Record<string, string>> = {
  CODEX_TOKEN: TOKEN,
  CODEX_PRODUCTION_TOKEN: TOKEN,
  CODEX_READ_TOKEN: READ_TOKEN,
  LIBRARY_READ_TOKEN: READ_TOKEN,
  PROJECTS_READ_TOKEN: READ_TOKEN,
  CODEX_APP_PRIVATE_KEY: KEY,
};
/** What they call `vars.…`: the client ID that the local GitHub gives the App. */
export const VARIABLES: Readonly<Record<string, string>> = { CODEX_APP_CLIENT_ID: `Iv23li${APP}` };

/** An organization in which every workflow of the documents has something to do. */
export interface Organization {
  readonly github: LocalGitHub;
  readonly cache: CacheService;
  readonly places: Places;
  readonly close: () => Promise<void>;
}

/** Starts a GitHub with a codex, a project with two releases and a pull request, and whom else the documents name. */
export async function openOrganization(): Promise<Organization> {
  const [github, cache] = await Promise.all([startGitHub(), startCacheService()]);
  const close = async () => {
    await Promise.all([github.close(), cache.close()]);
  };
  try {
    github.attachCaches(cache);
    const places = await host(github);
    return { github, cache, places, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function host(github: LocalGitHub): Promise<Places> {
  github.addToken(TOKEN, { '*': 'read', [CODEX]: 'write' });
  github.addToken(READ_TOKEN, { '*': 'read' });
  github.addApp({ id: APP, privateKey: KEY, installations: [{ owner: 'acme', permissions: PERMISSIONS }] });
  await github.createRepository(CODEX, { files: { 'README.md': '# The codex of Acme\n' } });
  await github.createRepository(LIBRARY, { files: { 'docs/library.md': '# Library\n' }, visibility: 'private' });
  const gadgets = await createProject(github, GADGETS, { 'README.md': '# Gadgets\n' });
  const widgets = await createProject(github, WIDGETS, {
    '.fractary/plugins/codex/config.json': '{ "organization": "acme", "codex_repo": "codex.acme.com" }\n',
    'README.md': '# Widgets\n',
    'docs/guide.md': '# Guide\n\nHow to use widgets 1.0.\n',
    'packages/gears/README.md': '# Gears\n',
    'packages/springs/README.md': '# Springs\n',
  });
  await publish(github, gadgets, 'test');
  await publish(github, gadgets, 'prod');
  await publish(github, widgets, 'prod');
  const earlier = await github.git(CODEX, 'rev-parse', 'main');
  await change(widgets, 'docs/sizes.md', 'main');
  await publish(github, widgets, 'prod');
  // What is in test and not in production waits for a promotion.
  await change(widgets, 'docs/shapes.md', 'main');
  await publish(github, widgets, 'test');
  // What is nowhere yet is what a workflow publishes.
  await change(widgets, 'docs/weights.md', 'main');
  await github.git(WIDGETS, 'tag', TAG, 'main');
  await github.addRelease(WIDGETS, TAG);
  await widgets.git('checkout', '--quiet', '-b', FEATURE);
  await change(widgets, 'docs/colours.md', FEATURE);
  await openPullRequest(github, WIDGETS, { number: PULL_REQUEST, head: FEATURE });
  return { codex: CODEX, project: WIDGETS, feature: FEATURE, tag: TAG, pullRequest: PULL_REQUEST, earlier };
}

async function change(project: Project, path: string, branch: string): Promise<void> {
  await project.write(path, `# ${path}\n`);
  await project.commit(`Add ${path}`);
  await project.push(branch);
}

async function publish(github: LocalGitHub, { directory, fullName }: Project, env: 'test' | 'prod'): Promise<void> {
  const inputs = { token: TOKEN, 'codex-repository': CODEX, env };
  const { exitCode, log } = await runAction({ github, workspace: directory, repository: fullName, inputs });
  if (exitCode !== 0) throw new Error(`${fullName} could not be published to ${env}:\n${log}`);
}
