import { mkdirSync, writeFileSync } from 'node:fs';
import { appendFile, chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileChange, someone } from './commit-files.ts';
import { gitText } from './git.ts';
import type { LocalGitHub } from './github.ts';
import { defaultBranchOf, firstCommitDate, type RepositoryOptions } from './github-repositories.ts';

export interface CheckoutOptions {
  /** Branch, tag, `refs/…` or commit id; the default branch unless told. */
  ref?: string;
  /** How many commits of history, 0 for all; one unless told, as actions/checkout. */
  depth?: number;
  /** Of the first commit; each later one is a minute younger than the one before. */
  date?: string;
  /** The credential that stays in `.git/config`; one that may write to the repository, unless given. */
  token?: string;
}

/** A checkout of a hosted repository on a runner. */
export interface Project {
  readonly fullName: string;
  /** The working tree. */
  readonly directory: string;
  /** Writes (`null`: removes) a file of the working tree. */
  write(path: string, content: FileChange): Promise<void>;
  /** Commits everything in the working tree; dates go up by a minute with every commit unless told. */
  commit(message: string, options?: { date?: string }): Promise<string>;
  /** Pushes HEAD, to the branch that is checked out unless told. */
  push(branch?: string): Promise<void>;
  /** Runs git in the checkout; returns its output without the newlines at the end. */
  git(...args: string[]): Promise<string>;
  /** Fetches and checks out something else in the same directory. */
  checkout(ref: string, options?: { depth?: number }): Promise<void>;
}

const identity = {
  GIT_AUTHOR_NAME: someone.name,
  GIT_AUTHOR_EMAIL: someone.email,
  GIT_COMMITTER_NAME: someone.name,
  GIT_COMMITTER_EMAIL: someone.email,
};

/** What a repository on GitHub hands out, as one that is fetched from as a folder must be told. */
const UPLOAD_PACK = 'git -c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true upload-pack';

/** The commit that a tag is of, with words of its own or without. */
const PEELED = '%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)';

/** What to fetch, and what to check out then, for one ref: the way of actions/checkout. */
async function describeRef(github: LocalGitHub, fullName: string, ref: string) {
  if (/^[0-9a-f]{40}$/.test(ref)) return { refspec: ref, target: ['--force', ref] };
  const known = ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  for (const full of known) {
    const commit = full.startsWith('refs/tags/') ? PEELED : '%(objectname)';
    const format = `--format=%(refname) ${commit}`;
    const [refname, sha] = (await github.git(fullName, 'for-each-ref', format, full)).split(' ');
    if (refname !== full) continue;
    const [, kind = '', name = ''] = /^refs\/([^/]+)\/(.*)$/.exec(full) ?? [];
    if (kind === 'heads') {
      const tracking = `refs/remotes/origin/${name}`;
      return { refspec: `+${sha}:${tracking}`, target: ['--force', '-B', name, tracking] };
    }
    if (kind === 'tags') return { refspec: `+${full}:${full}`, target: ['--force', full] };
    return { refspec: `+${sha}:refs/remotes/${kind}/${name}`, target: ['--force', `refs/remotes/${kind}/${name}`] };
  }
  throw new Error(`${fullName} has no ${ref}`);
}

/** What `git init` writes on this system. */
let initial: Promise<string> | undefined;

/** What `git init` makes, hooks that nobody uses aside; only the first time by asking it. */
async function initRepository(directory: string): Promise<void> {
  const place = join(directory, '.git');
  if (initial === undefined) {
    initial = gitText(directory, ['init', '--quiet', '--initial-branch=main']).then(() =>
      readFile(join(place, 'config'), 'utf8'),
    );
    await initial;
    return;
  }
  const config = await initial;
  for (const folder of ['hooks', 'info', 'objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
    mkdirSync(join(place, folder), { recursive: true });
  writeFileSync(join(place, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(place, 'config'), config);
}

async function writeFileChange(file: string, change: FileChange): Promise<void> {
  await rm(file, { force: true, recursive: change === null });
  if (change === null) return;
  await mkdir(dirname(file), { recursive: true });
  if (typeof change === 'string' || Buffer.isBuffer(change)) return writeFile(file, change);
  if (change.mode === '120000') return symlink(change.content.toString(), file);
  await writeFile(file, change.content);
  await chmod(file, change.mode === '100755' ? 0o755 : 0o644);
}

/** Checks a hosted repository out into a fresh directory, as a new runner would. */
export async function checkoutProject(
  github: LocalGitHub,
  fullName: string,
  options: CheckoutOptions = {},
): Promise<Project> {
  const directory = await github.scratch('checkout');
  const token = options.token ?? `ghp_checkout${Buffer.from(fullName).toString('hex')}`;
  if (options.token === undefined) github.addToken(token, { [fullName]: 'write' });
  // The way over HTTP, to and fro, takes twice the processes and brings the same.
  const here = `file://${github.directory(fullName)}`;
  let commits = 0;
  const git = (...args: string[]) => gitText(directory, args, { env: identity });

  async function checkout(ref: string, { depth = 1 }: { depth?: number } = {}): Promise<void> {
    const { refspec, target } = await describeRef(github, fullName, ref);
    const fetch = ['fetch', '--quiet', '--prune', '--no-recurse-submodules', `--upload-pack=${UPLOAD_PACK}`];
    const everything = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
    if (depth > 0) await git(...fetch, '--no-tags', `--depth=${depth}`, here, refspec);
    else {
      const isShallow = (await git('rev-parse', '--is-shallow-repository')) === 'true';
      // Branches and tags are among everything already; git refuses to be told twice.
      const others = /:refs\/(remotes\/origin|tags)\//.test(refspec) ? [] : [refspec];
      await git(...fetch, ...(isShallow ? ['--unshallow'] : []), here, ...everything, ...others);
    }
    await git('checkout', '--quiet', ...target);
  }

  await initRepository(directory);
  const credential = Buffer.from(`x-access-token:${token}`).toString('base64');
  const settings = [
    `[remote "origin"]\n\turl = ${github.serverUrl}/${fullName}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
    '[gc]\n\tauto = 0\n',
    `[http "${github.serverUrl}/"]\n\textraheader = AUTHORIZATION: basic ${credential}\n`,
  ];
  await appendFile(join(directory, '.git', 'config'), settings.join(''));
  const ref = options.ref ?? defaultBranchOf(github.repository(fullName));
  const depth = options.depth ?? 1;
  // actions/checkout fails on a repository without commits; here it is a fresh start.
  if ((await github.git(fullName, 'for-each-ref', '--count=1')) !== '') await checkout(ref, { depth });
  else await git('symbolic-ref', 'HEAD', `refs/heads/${ref}`);

  return {
    fullName,
    directory,
    git,
    checkout,
    write: (path, change) => writeFileChange(join(directory, path), change),
    async commit(message, { date } = {}) {
      commits += 1;
      const when =
        date ?? new Date(new Date(options.date ?? firstCommitDate).getTime() + commits * 60_000).toISOString();
      const env = { ...identity, GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when };
      await git('add', '--all');
      await gitText(directory, ['commit', '--quiet', '--allow-empty', '--no-verify', '-m', message], { env });
      return git('rev-parse', 'HEAD');
    },
    async push(branch) {
      const name = branch ?? (await git('symbolic-ref', '--short', 'HEAD'));
      await git('push', '--quiet', 'origin', `HEAD:refs/heads/${name}`);
    },
  };
}

/** Hosts a new repository with one commit and checks it out. */
export async function createProject(
  github: LocalGitHub,
  fullName: string,
  files: NonNullable<RepositoryOptions['files']>,
  options: Omit<RepositoryOptions, 'files'> & CheckoutOptions = {},
): Promise<Project> {
  await github.createRepository(fullName, { ...options, files });
  return checkoutProject(github, fullName, options);
}
