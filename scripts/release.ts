// One command for a release: `npm run release -- 1.2.0` writes version and date, checks, commits and tags; with `--push` it
// hands both to GitHub, where .github/workflows/release.yml tests them, releases them, and moves v1 in its last step.
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const USAGE = 'Usage: npm run release -- <version> [--push]';
const REPOSITORY = 'https://github.com/fractary/codex-sync';
// The release workflow listens to no other tags.
const VERSION = /^1\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const UNRELEASED = '## [Unreleased]\n';
const LINK = /^\[Unreleased\]: .*$/m;

if (import.meta.main) {
  try {
    await release(readArguments(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

async function release({ version, push }: { version: string; push: boolean }): Promise<void> {
  const tag = `v${version}`;
  checkState(git('status', '--porcelain'), git('branch', '--show-current'));
  checkIsNext(version, git('tag', '--list', 'v1.*.*').split('\n'));
  const changelog = releaseChangelog(await readFile('CHANGELOG.md', 'utf8'), version, new Date());

  const before = 'Nothing is committed; "git checkout ." takes back what was written.';
  await writeFile('CHANGELOG.md', changelog);
  for (const file of ['package.json', 'package-lock.json']) {
    await writeFile(file, setVersion(await readFile(file, 'utf8'), version));
  }
  run('npm', ['run', 'check'], `"npm run check" failed. ${before}`);
  const also = git('status', '--porcelain')
    .split('\n')
    .filter((line) => !/ (CHANGELOG\.md|package(-lock)?\.json)$/.test(line));
  if (also.join('') !== '') {
    throw new Error(
      `"npm run check" changed more than a release does, so main is not checked: ${also.join(', ')}. ${before}`,
    );
  }
  git('commit', '--quiet', '--all', '--message', `Release ${version}`);
  git('tag', '--annotate', tag, '--message', `Release ${version}`);

  // Both or neither: a tag whose commit is not on main would be refused by the workflow.
  const words = ['push', '--atomic', 'origin', 'main', tag];
  if (push) run('git', words, `Commit and tag ${tag} are made, but not pushed: "git ${words.join(' ')}" tries again.`);
  const next = push
    ? `Pushed. ${REPOSITORY}/actions/workflows/release.yml tests it, waits for a review, releases it and moves v1.`
    : `Look at it with "git show", then "git ${words.join(' ')}". To take it back: "git tag --delete ${tag}" and "git reset --hard HEAD~1".`;
  console.log(`\n${tag} is committed and tagged. ${next}`);
}

/** @throws Error with one sentence and the usage */
export function readArguments(args: string[]): { version: string; push: boolean } {
  const { values, positionals } = parseArgs({
    args,
    options: { push: { type: 'boolean', default: false } },
    allowPositionals: true,
    strict: false,
  });
  const strange = Object.keys(values).find((name) => name !== 'push');
  if (strange !== undefined) throw new Error(`There is no option --${strange}. ${USAGE}`);
  const [version, ...more] = positionals;
  if (version === undefined || more.length > 0) throw new Error(`Say one version. ${USAGE}`);
  if (!VERSION.test(version)) {
    throw new Error(
      `Version "${version}" is not 1.<minor>.<patch>, such as 1.2.0, which is all that the workflow releases. ${USAGE}`,
    );
  }
  return { version, push: values.push === true };
}

/** @throws Error where a release would hold what nobody has seen */
export function checkState(changed: string, branch: string): void {
  if (branch !== 'main')
    throw new Error(`A release is made on main, and this is ${branch || 'no branch'}: "git checkout main".`);
  if (changed !== '')
    throw new Error(`There are changes that are not committed: commit or stash them first.\n${changed}`);
}

/** @throws Error where a version was released, or a later one, which would stay what v1 means */
export function checkIsNext(version: string, tags: readonly string[]): void {
  const latest = tags
    .map((tag) => tag.slice(1))
    .filter((tag) => VERSION.test(tag))
    .sort(byVersion)
    .at(-1);
  if (latest !== undefined && byVersion(version, latest) <= 0) {
    throw new Error(`Version ${version} does not come after ${latest}, which is tagged already: say a later one.`);
  }
}

function byVersion(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/**
 * The changelog with what was unreleased under the version, and an empty section for what comes.
 * @throws Error where nothing is said of it
 */
export function releaseChangelog(text: string, version: string, date: Date): string {
  const [before, rest] = text.split(UNRELEASED);
  if (before === undefined || rest === undefined) {
    throw new Error('CHANGELOG.md has no section "## [Unreleased]": add it, and say there what is new.');
  }
  const [entries = ''] = rest.split(/^(?:## |\[)/m);
  if (!/^- /m.test(entries)) {
    throw new Error(
      'CHANGELOG.md says nothing under "## [Unreleased]": say there what is new for a user, a line each.',
    );
  }
  if (!LINK.test(rest)) {
    throw new Error('CHANGELOG.md has no link "[Unreleased]: …" at its end: add it.');
  }
  const released = `${UNRELEASED}\n## [${version}] - ${date.toISOString().slice(0, 10)}\n`;
  const link = `[Unreleased]: ${REPOSITORY}/compare/v${version}...HEAD\n[${version}]: ${REPOSITORY}/releases/tag/v${version}`;
  return `${before}${released}${rest.replace(LINK, link)}`;
}

/** A package.json or package-lock.json with another version of this package. */
export function setVersion(text: string, version: string): string {
  const json = JSON.parse(text);
  json.version = version;
  if (json.packages?.['']) json.packages[''].version = version;
  return `${JSON.stringify(json, null, 2)}\n`;
}

function git(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`"git ${args[0]}" failed: ${stderr.trim()}`);
  return stdout.trimEnd();
}

/** @throws Error with `failure` where the program fails; what it says is shown */
function run(program: string, args: string[], failure: string): void {
  const { status } = spawnSync(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(failure);
}
