// The story of the specification on this machine: the committed bundle, real git over HTTP, a local GitHub.
//   npm run demo                                   the story
//   npm run demo -- --project ../some/checkout     publishes that checkout into a local codex instead
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readTree } from '../__tests__/support/codex.ts';
import { gitText } from '../__tests__/support/git.ts';
import { type LocalGitHub, startGitHub } from '../__tests__/support/github.ts';
import { createProject } from '../__tests__/support/project.ts';
import { openPullRequest } from '../__tests__/support/pull-request.ts';
import { type ActionOptions, type ActionRun, runAction } from '../__tests__/support/runner.ts';

const CODEX = 'acme/codex.acme.com';
const TOKEN = 'github_pat_of_the_demo';

const { values } = parseArgs({ options: { project: { type: 'string' } } });
const github = await startGitHub();
try {
  github.addToken(TOKEN, { [CODEX]: 'write' });
  if (values.project === undefined) await tellStory();
  else await publishCheckout(resolve(values.project));
} finally {
  await github.close();
}

async function tellStory(): Promise<void> {
  await github.createRepository(CODEX, { files: { 'README.md': '# The codex of Acme\n' } });
  const widgets = await createProject(github, 'acme/widgets', {
    'README.md': '# Widgets\n',
    'docs/guide.md': '# Guide\n\nHow to use widgets 1.0.\n',
    'src/index.js': 'export {};\n',
    '.fractary/plugins/codex/config.json': `${JSON.stringify({ organization: 'acme', codex_repo: 'codex.acme.com' }, null, 2)}\n`,
  });
  const workspace = widgets.directory;

  title('1. Widgets 1.0 is released: the release workflow says "env: prod"');
  await widgets.git('tag', 'v1.0.0');
  await step({ github, workspace, event: 'release', ref: 'refs/tags/v1.0.0', inputs: { env: 'prod' } });

  title('2. A pull request documents a new feature: no env is said, so it goes to test');
  await widgets.git('checkout', '--quiet', '-b', 'colours');
  await widgets.write('docs/colours.md', '# Colours\n\nWidgets 1.1 come in colours.\n');
  await widgets.write('docs/guide.md', '# Guide\n\nHow to use widgets 1.1.\n');
  await widgets.commit('Document colours');
  await widgets.push('colours');
  const pull = await openPullRequest(github, 'acme/widgets', { number: 7, head: 'colours' });
  await widgets.checkout(pull.ref, { depth: 2 });
  await step({ github, workspace, event: 'pull_request', ref: pull.ref });
  await lookAtBranches();

  title('3. What would production get? A dry run from the default branch, after the merge');
  await github.git('acme/widgets', 'update-ref', 'refs/heads/main', pull.merge);
  await widgets.checkout('main');
  await step({ github, workspace, event: 'workflow_dispatch', inputs: { env: 'production', 'dry-run': true } });

  title('4. Widgets 1.1 is released: "env: prod" publishes it');
  await step({ github, workspace, event: 'release', ref: 'refs/tags/v1.1.0', inputs: { env: 'prod' } });
  await lookAtBranches();

  title('5. Somebody says "env: staging", which nobody configured: nothing happens');
  await step({ github, workspace, event: 'push', inputs: { env: 'staging' } }, 1);

  title('6. A pull request asks for production: refused before any request');
  await widgets.checkout(pull.ref, { depth: 2 });
  await step({ github, workspace, event: 'pull_request', ref: pull.ref, inputs: { env: 'prod' } }, 1);

  say('\nThe links above lead to the local GitHub, which ends with this demo.');
  say('That was the bundle in dist/, run as a process with the variables of a runner, against git over HTTP.');
}

/** Publishes a real checkout, twice, and compares every published blob with the checkout's own. */
async function publishCheckout(workspace: string): Promise<void> {
  const repository = `acme/${basename(workspace).replace(/[^A-Za-z0-9._-]/g, '-')}`;
  await github.createRepository(CODEX, { files: { 'README.md': '# The codex of Acme\n' } });
  await github.createRepository(repository);
  const inputs = { 'codex-repository': CODEX, include: '**/*.md', 'deletion-threshold': 100 };

  title(`Publishing the Markdown files of ${workspace}`);
  const first = await step({ github, workspace, repository, inputs });
  title('The same again: nothing to say, nothing pushed');
  const second = await step({ github, workspace, repository, inputs });

  const listed = await gitText(workspace, ['ls-files', '-z', '--stage', '--', '*.md']);
  const tracked = listed.split('\0').filter((line) => /^100/.test(line));
  const published = await readTree(github, CODEX, 'test', `projects/${basename(repository)}`);
  const same = tracked.filter((line) => {
    const [facts = '', path = ''] = line.split('\t');
    return published[path]?.id === facts.split(' ')[1];
  });
  const pushed = second.requests.filter(({ service }) => service === 'receive-pack').length;
  say(
    `\n${tracked.length} Markdown files tracked, ${first.outputs['files-added']} published, ${same.length} with the very same blob id.`,
  );
  say(`Second run: conclusion ${second.outputs.conclusion}, ${pushed} push requests.`);
  if (same.length !== tracked.length || pushed > 0)
    throw new Error('A document or the second run is not as it should be.');
}

async function step(
  options: Omit<ActionOptions, 'github'> & { github: LocalGitHub },
  expected = 0,
): Promise<ActionRun> {
  const inputs = { token: TOKEN, ...options.inputs };
  say(`- uses: fractary/codex-sync@v1          # on: ${options.event ?? 'push'}`);
  say('  with:');
  for (const [name, value] of Object.entries(inputs))
    say(`    ${name}: ${name === 'token' ? '$' + '{{ secrets.CODEX_TOKEN }}' : value}`);
  const began = github.requests.length;
  const run = await runAction({ ...options, inputs });
  say('\nThe log:');
  for (const line of run.log.split('\n')) say(`  │ ${line}`);
  say('\nThe job summary:');
  for (const line of readable(run.summary).split('\n')) say(`  ┃ ${line}`);
  const bytes = run.requests.reduce((sum, { sent }) => sum + sent, 0);
  say(`\nExit code ${run.exitCode}; ${github.requests.length - began} requests, ${bytes} bytes downloaded.`);
  if (run.exitCode !== expected) {
    say(run.stdout + run.stderr);
    throw new Error(`This step should have ended with exit code ${expected}.`);
  }
  return run;
}

async function lookAtBranches(): Promise<void> {
  for (const branch of ['test', 'main']) {
    say(`\nBranch ${branch} of ${CODEX}:`);
    for (const path of Object.keys(await readTree(github, CODEX, branch))) say(`    ${path}`);
  }
}

/** A summary as a person sees it, more or less: without tags and entities. */
function readable(markdown: string): string {
  return markdown
    .trimEnd()
    .replace(/<[^>]+>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

function title(text: string): void {
  say(`\n\n━━━ ${text} ━━━\n`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
