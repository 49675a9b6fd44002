import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import { basicAuthorization } from '../inputs/readers.ts';
import type { TreeId } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { createGit, expectGit, type Git, type GitOptions, type GitSetting } from './exec.ts';
import { type GitObject, renderPack, renderTree, treeObject } from './objects.ts';
import { lastMessage, quoteName, type TreeEntry } from './porcelain.ts';

export interface Remote {
  readonly name: string;
  readonly url: string;
  /** Settings with the token; read at each call, because a token may be renewed. */
  readonly settings: () => Promise<readonly GitSetting[]>;
  /** Called after a failed fetch: renews a token that the server no longer accepts. */
  readonly renew?: () => Promise<void>;
  /** Requests of a push over the connection of other requests. */
  readonly service?: PushService;
  /** Called after the last failure: throws the server's reason, if it gives one; git reports none. */
  readonly explain?: () => Promise<void>;
}

export interface ServiceResponse {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Git's smart HTTP protocol; without an answer `undefined`. */
export interface PushService {
  readonly announce: () => Promise<ServiceResponse | undefined>;
  readonly push: (body: Buffer) => Promise<ServiceResponse | undefined>;
}

/**
 * A bare object store of our own for objects that a run fetches and writes. It sees the checkout's objects without
 * copies, and has only git's default configuration, no refs and no working tree.
 */
export interface ObjectStore {
  readonly directory: string;
  readonly objects: string;
  readonly git: Git;
  readonly withCheckout: Readonly<Record<string, string>>;
  /** The content of a fetched or kept tree; git reads each fetched one once. */
  readonly readTree: (tree: TreeId) => Promise<Buffer>;
  /** Fetches missing objects by id; calls run one after the other. */
  readonly fetch: (remote: Remote, ids: readonly string[], how: FetchKind) => Promise<void>;
  /** Keeps objects in memory until `writeKept`. */
  readonly keep: (objects: readonly GitObject[]) => void;
  /** Writes the kept objects for git, which knows nothing of them before. */
  readonly writeKept: () => Promise<void>;
  /** Keeps a tree made of reported entries if it then has this id; else does nothing. */
  readonly tryKeepTree: (id: TreeId, entries: readonly TreeEntry[]) => void;
  /** Whether an object was fetched, or its tree kept by `tryKeepTree`. */
  readonly has: (id: string) => boolean;
}

/** `alone`: a commit or tree without anything below it; `trees`: with all trees below; `blobs`: just these. */
const FETCH_KINDS = {
  alone: ['--depth=1', '--filter=tree:0'],
  trees: ['--filter=blob:none'],
  blobs: ['--filter=blob:none'],
} as const;
type FetchKind = keyof typeof FETCH_KINDS;

const TRIES = 3;

/** The files of `git init --bare --template=`, without a process; `objects` and `refs` complete the repository. */
const HEAD = 'ref: refs/heads/main\n';
const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n';

/** Creates the store in `directory`. Stores that share objects can fetch from several remotes in parallel. */
export async function createObjectStore(options: {
  readonly directory: string;
  /** Object directory that stores share; default: the store's own. */
  readonly sharedObjects?: string;
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
    // Explicit, because a user may forbid git to find bare repositories by itself (safe.bareRepository).
    variables: { GIT_DIR: directory, ...(options.sharedObjects && { GIT_OBJECT_DIRECTORY: objects }) },
    settings: [
      // GitHub's API gives the name of a renamed repository. With redirects, git would send a push and the token to any
      // place that its first request is led to.
      ['http.followRedirects', 'false'],
      ['fetch.negotiationAlgorithm', 'noop'],
      ['fetch.writeCommitGraph', 'false'],
      ['i18n.commitEncoding', 'utf-8'],
    ],
  });
  return openObjectStore({
    ...{ directory, objects, git, sleep },
    ...(checkoutObjects !== undefined && { checkoutObjects }),
    // A filtered fetch writes promisor settings; with them, a later push would download old documents as bases.
    afterFetch: () => writeFile(configFile, CONFIG),
    writeObjects: async (kept) =>
      void (await expectGit(git, ['index-pack', '--stdin'], { input: await renderPack(kept) })),
  });
}

/** The store over git. It tries a fetch three times. Fetches wait for each other: each writes into the repository. */
export function openObjectStore(options: {
  readonly directory: string;
  readonly objects: string;
  readonly checkoutObjects?: string;
  readonly git: Git;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly afterFetch: () => Promise<void>;
  readonly writeObjects: (objects: readonly GitObject[]) => Promise<void>;
}): ObjectStore {
  const { directory, objects, checkoutObjects, git, sleep, afterFetch, writeObjects } = options;
  const trees = new Map<string, Promise<Buffer>>();
  let kept = new Map<string, GitObject>();
  const written = new Set<string>();
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
      await afterFetch();
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
    readTree(tree) {
      const read = trees.get(tree) ?? expectGit(git, ['cat-file', 'tree', tree]);
      trees.set(tree, read);
      return read;
    },
    keep(all) {
      for (const object of all) if (!written.has(object.id)) kept.set(object.id, object);
    },
    async writeKept() {
      const all = [...kept.values()];
      kept = new Map();
      if (all.length === 0) return;
      await writeObjects(all);
      for (const { id } of all) written.add(id);
    },
    withCheckout: checkoutObjects === undefined ? {} : seeing(checkoutObjects),
    fetch(remote, ids, how) {
      const next = fetching.then(() => fetchNow(remote, ids, how));
      fetching = next.catch(() => {});
      return next;
    },
    tryKeepTree(id, entries) {
      const content = renderTree(entries);
      if (content === undefined) return;
      const tree = treeObject(content);
      if (tree.id !== id) return;
      present.add(id);
      kept.set(id, tree);
      trees.set(id, Promise.resolve(content));
    },
    has: (id) => present.has(id),
  };
}

export function withObjects(store: ObjectStore, objects: string): ObjectStore {
  return { ...store, withCheckout: seeing(objects) };
}

function seeing(objects: string): Readonly<Record<string, string>> {
  return { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteName(objects) };
}

/**
 * Settings that give git a token for one repository: only in the environment, never on a command line, in a URL or on
 * disk. The first key is the one of actions/checkout; the repository's own URL repeats it, because the most specific
 * key wins. The empty value drops all configured headers: git never sends two, or another user's. The longest rewrite
 * wins too, so that a user's `insteadOf` introduces no ssh and no other credential.
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
