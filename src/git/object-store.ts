import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import { basicAuthorization } from '../inputs/secrets.ts';
import { printable } from '../text/printable.ts';
import { createGit, expectGit, type Git, type GitOptions, type GitSetting } from './exec.ts';
import { lastMessage, quoteName, type TreeEntry } from './porcelain.ts';

/** A repository on a server. */
export interface Remote {
  readonly name: string;
  readonly url: string;
  /** What carries the token, asked for at each call: a token may have been renewed since the last. */
  readonly settings: () => Promise<readonly GitSetting[]>;
  /** Called where a fetch failed: renews a token that the server does not know any more. */
  readonly renew?: () => Promise<void>;
  /** Called where a fetch failed for good, since git does not tell why: throws what the server says, if it does. */
  readonly explain?: () => Promise<void>;
}

/**
 * A bare object store of our own: it holds what a run fetches and writes, and sees the checkout's objects without
 * copying them. It has no configuration but git's defaults, no refs, no working tree.
 */
export interface ObjectStore {
  readonly directory: string;
  /** Where its objects are. */
  readonly objects: string;
  readonly git: Git;
  /** Variables that let a call see the checkout's objects. */
  readonly withCheckout: Readonly<Record<string, string>>;
  /** The entries of a tree that was fetched or written, as `ls-tree -z` gives them; each tree is listed once. */
  readonly listTree: (tree: string) => Promise<Buffer>;
  /** Fetches objects by id, one call after the other; does nothing for those that are here already. */
  readonly fetch: (remote: Remote, ids: readonly string[], how: FetchKind) => Promise<void>;
  /** Writes a tree that somebody tells the entries of, if it is the one that they say it is; else nothing comes of it. */
  readonly tryWriteTree: (id: string, entries: readonly TreeEntry[]) => Promise<void>;
  /** Whether an object was fetched, or a tree written so. */
  readonly has: (id: string) => boolean;
}

/**
 * What comes with an object that is fetched by id: `alone` a commit or a tree without anything below it, `trees` a tree
 * with all trees below it, `blobs` just the blobs named.
 */
const FETCH_KINDS = {
  alone: ['--depth=1', '--filter=tree:0'],
  trees: ['--filter=blob:none'],
  blobs: ['--filter=blob:none'],
} as const;
export type FetchKind = keyof typeof FETCH_KINDS;

const TRIES = 3;

/** What `git init --bare --template=` writes, without asking for a process; `objects` and `refs` make it a repository. */
const HEAD = 'ref: refs/heads/main\n';
const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n';

/**
 * Makes the store in `directory`, which is created. Its fetches are tried three times before they fail.
 *
 * A fetch writes into the repository that it fetches into, so they wait for each other. Stores that share their objects let
 * several remotes be fetched from at once.
 */
export async function createObjectStore(options: {
  readonly directory: string;
  /** Where the store keeps its objects, together with others; in its own folder, unless told. */
  readonly sharedObjects?: string;
  /** Where the objects of the project's checkout are, if there is one. */
  readonly checkoutObjects?: string;
  readonly environment: GitOptions['environment'];
  readonly debug: GitOptions['debug'];
  readonly sleep: (milliseconds: number) => Promise<void>;
}): Promise<ObjectStore> {
  const { directory, checkoutObjects, sleep } = options;
  const objects = options.sharedObjects ?? join(directory, 'objects');
  const configFile = join(directory, 'config');
  for (const folder of [objects, join(directory, 'refs')]) await mkdir(folder, { recursive: true });
  await writeFile(join(directory, 'HEAD'), HEAD);
  await writeFile(configFile, CONFIG);
  const git = createGit({
    ...options,
    protocols: 'http:https',
    // Said, not found: a user may have forbidden git to find bare repositories by itself (safe.bareRepository).
    variables: { GIT_DIR: directory, ...(options.sharedObjects && { GIT_OBJECT_DIRECTORY: objects }) },
    settings: [
      // GitHub's API names a renamed repository. Git would send a push, and the token, wherever its first question was led.
      ['http.followRedirects', 'false'],
      ['fetch.negotiationAlgorithm', 'noop'],
      ['fetch.writeCommitGraph', 'false'],
      ['i18n.commitEncoding', 'utf-8'],
    ],
  });
  const listed = new Map<string, Promise<Buffer>>();
  const present = new Set<string>();
  let fetching: Promise<void> = Promise.resolve();

  async function fetchNow(remote: Remote, ids: readonly string[], how: FetchKind): Promise<void> {
    const wanted = [...new Set(ids)].filter((id) => !present.has(id));
    if (wanted.length === 0) return;
    const args = [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      ...FETCH_KINDS[how],
    ];
    for (let tries = 1; ; tries++) {
      const call = { settings: await remote.settings(), input: wanted.map((id) => `${id}\n`).join('') };
      const { exitCode, stderr } = await git([...args, '--stdin', remote.url], call);
      // A filtered fetch writes promisor settings, with which a later push would download old documents as bases.
      await writeFile(configFile, CONFIG);
      if (exitCode === 0) break;
      if (tries === TRIES) {
        await remote.explain?.();
        throw new CodexSyncError(
          'remote-failed',
          `Fetching from ${remote.name} failed ${TRIES} times: ${printable(lastMessage(stderr))}.`,
          'Run it again later.',
        );
      }
      await remote.renew?.();
      await sleep(1000 * tries);
    }
    for (const id of wanted) present.add(id);
  }

  return {
    directory,
    objects,
    git,
    listTree(tree) {
      const list = listed.get(tree) ?? expectGit(git, ['ls-tree', '-z', tree]);
      listed.set(tree, list);
      return list;
    },
    withCheckout: checkoutObjects === undefined ? {} : seeing(checkoutObjects),
    fetch(remote, ids, how) {
      const next = fetching.then(() => fetchNow(remote, ids, how));
      fetching = next.catch(() => {});
      return next;
    },
    async tryWriteTree(id, entries) {
      const input = Buffer.from(entries.map(({ mode, type, id, path }) => `${mode} ${type} ${id}\t${path}\0`).join(''));
      const { exitCode, stdout } = await git(['mktree', '-z', '--missing'], { input });
      if (exitCode !== 0 || stdout.toString('latin1').trim() !== id) return;
      present.add(id);
      listed.set(id, Promise.resolve(input));
    },
    has: (id) => present.has(id),
  };
}

/** The same store, whose calls see the objects of another folder in place of a checkout's. */
export function withObjects(store: ObjectStore, objects: string): ObjectStore {
  return { ...store, withCheckout: seeing(objects) };
}

function seeing(objects: string): Readonly<Record<string, string>> {
  return { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteName(objects) };
}

/**
 * Settings that hand a token to git for one repository: in the environment only, never on a command line, in a URL or on
 * disk. The first key is the one that actions/checkout writes; git lets the most specific one win, so the repository's
 * own URL says the same. The empty value drops every header that is already configured: there are never two, and never
 * another's. The longest rewriting wins too, so that a user's `insteadOf` brings neither ssh nor another credential.
 */
export function tokenSettings(serverUrl: string, repositoryUrl: string, token: string | undefined): GitSetting[] {
  const header = token ? `AUTHORIZATION: basic ${basicAuthorization(token)}` : undefined;
  const ownUrl: GitSetting[] = [
    [`url.${repositoryUrl}.insteadOf`, repositoryUrl],
    [`url.${repositoryUrl}.pushInsteadOf`, repositoryUrl],
  ];
  const headers = [`${serverUrl}/`, repositoryUrl].flatMap((url): GitSetting[] => {
    const key = `http.${url}.extraheader`;
    return header
      ? [
          [key, ''],
          [key, header],
        ]
      : [[key, '']];
  });
  return [...headers, ...ownUrl];
}
