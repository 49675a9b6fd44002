import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readTree } from '../__tests__/support/codex.ts';
import { tryGit } from '../__tests__/support/git.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import type { ActionRun } from '../__tests__/support/runner.ts';
import { DEFAULT_EXCLUDE, DEFAULT_INCLUDE, parsePatterns } from '../src/documents/patterns.ts';
import { compareDocuments, renderComparison } from './demo-compare.ts';
import { CODEX, type Demo, look, runStep, say, title } from './demo-step.ts';

/** A checkout on this machine, as the demo publishes it. */
export interface DemoCheckout {
  readonly directory: string;
  /** Its folder's name, made fit for a project and a repository. */
  readonly name: string;
  /** Full name of the branch that is checked out. */
  readonly ref: string;
}

/**
 * Looks at what `--project` names.
 * @throws Error saying what is wrong with it
 */
export async function readCheckout(directory: string): Promise<DemoCheckout> {
  const found = await stat(directory).catch(() => undefined);
  if (!found) throw new Error(`There is no ${directory}. Give the path of a git checkout.`);
  if (!found.isDirectory()) throw new Error(`${directory} is not a folder. Give the path of a git checkout.`);
  const git = async (...args: string[]) => {
    const { exitCode, stdout } = await tryGit(directory, args);
    return exitCode === 0 ? stdout.toString().trimEnd() : undefined;
  };
  const inside = await git('rev-parse', '--is-inside-work-tree');
  if (inside === undefined) throw new Error(`${directory} is not a git checkout. Give the path of one.`);
  if (inside !== 'true')
    throw new Error(`${directory} is a git repository without a working tree. Give the path of a checkout of it.`);
  if ((await git('rev-parse', '--verify', '--quiet', 'HEAD')) === undefined)
    throw new Error(`${directory} has no commit yet, and what is published names one. Commit first.`);
  if (!(await git('ls-files', '--cached', '--others', '--exclude-standard', '--', '*.md')))
    throw new Error(`${directory} has no Markdown files (*.md) that git does not ignore: there is nothing to publish.`);
  // A detached HEAD is on no branch, and a push is always to one.
  const ref = (await git('symbolic-ref', '--quiet', 'HEAD')) ?? 'refs/heads/main';
  return { directory, name: projectName(directory), ref };
}

function projectName(directory: string): string {
  const name = basename(directory)
    .replace(/\.git$/i, '')
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 90);
  // Somebody may show us a codex: two repositories cannot have one name.
  if (`acme/${name}`.toLowerCase() === CODEX) return `${name}-checkout`;
  return name || 'checkout';
}

/**
 * Publishes the Markdown files of a checkout, twice, and compares what the codex has with what git has.
 * @throws Error when a document or the second run is not as it should be
 */
export async function publishCheckout(demo: Demo, checkout: DemoCheckout): Promise<void> {
  const { github } = demo;
  title(`Publishing the Markdown files of ${checkout.directory}`);
  const repository = `acme/${checkout.name}`;
  // Empty: whatever branch the checkout's configuration takes for production can begin here.
  await github.createRepository(CODEX);
  await github.createRepository(repository, { defaultBranch: checkout.ref.replace('refs/heads/', '') });
  const run = (summary?: string) =>
    runStep(demo, {
      workspace: checkout.directory,
      repository,
      ref: checkout.ref,
      // Inputs win over the configuration that the checkout may have; its branches and what it excludes hold here too.
      inputs: {
        'codex-repository': CODEX,
        env: 'test',
        project: checkout.name,
        // Whatever it configures, nothing may be written into a checkout of a person.
        direction: 'to-codex',
        include: INCLUDE,
      },
      ...(summary !== undefined && { summary }),
    });
  const first = await run(SUMMARY);
  title('The same again: nothing to publish, nothing pushed');
  const second = await run();
  const published = await reportDocuments(github, checkout, first);
  reportSecondRun(second);
  for (const sentence of renderFirstRun(published)) say(sentence);
  const branch = first.outputs.branch ?? '';
  const folder = `projects/${checkout.name}`;
  // What a shell takes as it is; the README where there is one.
  const plain = published.filter((path) => /^[\w./-]+$/.test(path));
  const shown = plain.find((path) => path === 'README.md') ?? plain[0];
  look(demo, {
    files: [SUMMARY],
    codex: [
      ...(published.length === 0 ? [] : [`ls-tree -r --name-only ${branch} ${folder}`]),
      ...(shown === undefined ? [] : [`show ${branch}:${folder}/${shown}`]),
    ],
  });
}

/** What a first run without `include` would publish of these documents: the demo has patterns of its own. */
function renderFirstRun(published: readonly string[]): string[] {
  if (published.length === 0) return [];
  const usual = parsePatterns({ include: DEFAULT_INCLUDE, exclude: DEFAULT_EXCLUDE, includeIgnored: [] });
  const number = published.filter(usual.selects).length;
  const first = `A first run with the defaults (${DEFAULT_INCLUDE.join(', ')}) would publish ${number} of these ${published.length}.`;
  if (number === published.length) return [first];
  return [
    first,
    `To publish all of them, set include: "${INCLUDE}", or sync_patterns: ["${INCLUDE}"] in the configuration.`,
  ];
}

const SUMMARY = 'summary.md';
const INCLUDE = '**/*.md';

/** Returns the paths of the documents. */
async function reportDocuments(
  github: LocalGitHub,
  { directory, name }: DemoCheckout,
  run: ActionRun,
): Promise<string[]> {
  const published = await readTree(github, CODEX, run.outputs.branch ?? '', `projects/${name}`);
  delete published['.codex-sync.json'];
  const { 'left-alone': leftAlone } = JSON.parse(run.outputs.result ?? '') as { 'left-alone': { path: string }[] };
  const comparison = await compareDocuments(directory, published, new Set(leftAlone.map(({ path }) => path)));
  say('');
  for (const sentence of renderComparison(comparison)) say(sentence);
  const { different = [] } = comparison.fates;
  if (different.length > 0)
    throw new Error(
      `${different.length} published with another text than git has, ${different[0]} for one. That is a bug.`,
    );
  return Object.keys(published);
}

function reportSecondRun({ outputs, requests }: ActionRun): void {
  const pushes = requests.filter(({ service }) => service === 'receive-pack').length;
  say(`The second run pushed ${pushes === 0 ? 'nothing' : `${pushes} times`}.`);
  if (outputs.conclusion !== 'unchanged' || pushes > 0)
    throw new Error('The second run should have found nothing to publish. That is a bug.');
}
