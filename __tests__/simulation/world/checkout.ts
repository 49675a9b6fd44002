import { resolve } from 'node:path';
import { type FetchRecord, fetchedFinder, recordPlaces } from '../../../src/documents/never-published.ts';
import type { CheckoutListing, Document, IndexEntry, OnDisk } from '../../../src/documents/select.ts';
import type { Checkout, CommitInfo } from '../../../src/git/checkout.ts';
import type { CheckoutFiles, PulledRecord } from '../../../src/git/checkout-files.ts';
import type { Git, GitCall } from '../../../src/git/exec.ts';
import type { ConfigBytes, ProjectDisk, ProjectPlace } from '../../../src/git/find-config.ts';
import { blobId, commitId } from '../../../src/text/ids.ts';
import type { Files } from '../log.ts';
import type { RunEdge } from './edge.ts';
import { dateOf } from './github.ts';
import { type Machine, poolOf, SERVER } from './store.ts';
import { type Changes, changedBetween, filesAt, type Repository, withChanges } from './world.ts';

/** Where the project is on the virtual machine. Nothing is there on the real one. */
export const WORKSPACE = '/simulated/workspace';
export const CHECKOUT_OBJECTS = `${WORKSPACE}/.git/objects`;

/** A clone, as actions/checkout or a person makes it. */
export interface Clone {
  readonly repository: Repository;
  /** `owner/name` in its remote `origin`. */
  readonly origin: string;
  readonly head: string;
  readonly isShallow: boolean;
  /** Commits that it has. */
  readonly commits: (id: string) => boolean;
  /** Full name -> commit, as at the clone. */
  readonly refs: ReadonlyMap<string, string>;
  /** The working tree, which a run may write into. */
  working: Files;
  /** What runs pulled into a working tree and no person committed. */
  pulled: PulledRecord;
}

/** @param head checked out, at this depth, with these changes on disk */
export function createClone(
  { world: { database }, world }: Pick<RunEdge, 'world'>,
  repository: Repository,
  head: string,
  { depth, dirty = {} }: { readonly depth: 'shallow' | 'deep'; readonly dirty?: Changes | undefined },
): Clone {
  const refs = new Map<string, string>();
  const isShallow = depth === 'shallow';
  if (!isShallow) {
    for (const [name, commit] of repository.branches) refs.set(`refs/remotes/origin/${name}`, commit);
    for (const [name, commit] of repository.tags) refs.set(`refs/tags/${name}`, commit);
  }
  let contained = 0n;
  for (const id of [head, ...refs.values()]) contained |= database.commit(id)?.contained ?? 0n;
  const commits = (id: string) => {
    if (isShallow) return id === head;
    const found = database.commit(id);
    return found !== undefined && ((contained >> BigInt(found.index)) & 1n) === 1n;
  };
  const working = withChanges(filesAt(world, head), dirty);
  return { ...{ repository, origin: repository.name, head, isShallow, commits, refs, working }, pulled: new Map() };
}

/** The objects of a clone: everything below the commits that it has. */
export function addCheckoutPool(edge: RunEdge, machine: Machine, clone: Clone): void {
  const { database } = edge.world;
  const added = new Set<string>();
  const below = (id: string) => database.objectsBelow(database.commit(id)?.tree ?? '');
  let whole: ReadonlySet<string> | undefined;
  const isInHistory = (id: string) => {
    if (clone.isShallow) return false;
    whole ??= new Set(
      [clone.head, ...clone.refs.values()].flatMap((tip) =>
        database.commitsSince(undefined, tip).flatMap((commit) => [commit, ...below(commit)]),
      ),
    );
    return whole.has(id);
  };
  machine.pools.set(CHECKOUT_OBJECTS, {
    has: (id) => added.has(id) || id === clone.head || below(clone.head).has(id) || isInHistory(id),
    add: (id) => void added.add(id),
  });
}

/** The disk as a run reads it before it opens the checkout. Without a clone the workspace is empty. */
export function createVirtualDisk(clone: Clone | undefined): ProjectDisk {
  return {
    async findProject(_, workingDirectory): Promise<ProjectPlace> {
      const path = workingDirectory.replace(/^\.\/|\/+$/g, '') || '.';
      return { directory: resolve(WORKSPACE, path), root: resolve(WORKSPACE), path };
    },
    async tryReadFile(_, target): Promise<ConfigBytes | undefined> {
      const text = clone?.working.get(pathFromRoot(target));
      return text === undefined ? undefined : { target, bytes: Buffer.from(text) };
    },
  };
}

/** A path from the root; on Windows the product's absolute paths have a drive and other separators. */
export function pathFromRoot(path: string): string {
  const plain = path.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '');
  return plain.slice(WORKSPACE.length + 1);
}

const utf8 = (bytes: Buffer) => bytes.toString('utf8');

/** Git in the checkout, as far as the merged configuration is read with it. */
export function createCheckoutGit({ world: { database } }: RunEdge, clone: Clone | undefined): Git {
  const reply = (stdout: string, exitCode = 0) => ({ exitCode, stdout: Buffer.from(stdout), stderr: '' });
  const resolveName = (name: string) => (name === 'HEAD' ? clone?.head : (clone?.refs.get(name) ?? name));

  function catFile(name: string): string {
    const [revision = '', path] = name.split(/:(.*)/s);
    const id = resolveName(revision);
    const commit = id !== undefined && clone?.commits(id) ? database.commit(id) : undefined;
    if (!commit) return `${name} missing\n`;
    if (path === undefined) return `${commit.id} commit ${Buffer.byteLength(commit.text)}\n${commit.text}\n`;
    const entry = database.entryAt(commit.tree, path);
    const content = entry && database.readBlob(entry.id);
    if (!entry || !content) return `${name} missing\n`;
    return `${entry.id} blob ${content.length}\n${utf8(content)}\n`;
  }

  return async (args, call: GitCall = {}) => {
    if (!clone) return reply('', 128);
    const [command] = args.filter((arg) => !arg.startsWith('--'));
    switch (command) {
      case 'cat-file':
        return reply(
          String(call.input)
            .split('\n')
            .filter((line) => line !== '')
            .map(catFile)
            .join(''),
        );
      case 'ls-tree': {
        const at = args.indexOf('--');
        const commit = args[at - 1] ?? '';
        const tree = clone.commits(commit) ? database.commit(commit)?.tree : undefined;
        if (tree === undefined) return reply('', 128);
        const found = args.slice(at + 1).filter((path) => database.entryAt(tree, path));
        return reply(found.map((path) => `${path}\0`).join(''));
      }
      case 'merge-base': {
        const [ancestor = '', commit = ''] = args.slice(-2).map((name) => resolveName(name) ?? '');
        if (!clone.commits(ancestor) || !clone.commits(commit)) return reply('', 128);
        return reply('', database.contains(commit, ancestor) ? 0 : 1);
      }
      case 'config':
        return reply(`${SERVER}/${clone.origin}\n`);
      default:
        throw new Error(`The virtual checkout does not know: git ${args.join(' ')}`);
    }
  };
}

function infoOf({ world: { database } }: RunEdge, id: string): CommitInfo | undefined {
  const found = database.commit(id);
  return found && { id: commitId(id), parents: found.parents, date: dateOf(found.time) };
}

/** A checkout with its index at HEAD, and the working tree of the clone. */
export function createVirtualCheckout(
  edge: RunEdge,
  machine: Machine,
  clone: Clone,
  { path }: Pick<ProjectPlace, 'path'>,
): Checkout {
  const { database } = edge.world;
  const prefix = path === '.' ? '' : `${path}/`;
  const head = infoOf(edge, clone.head);
  if (!head) throw new Error(`There is no commit ${clone.head}.`);
  const inProject = (paths: Iterable<string>) =>
    [...paths].flatMap((path) => (path.startsWith(prefix) ? [path.slice(prefix.length)] : []));
  const textAt = (path: string) => clone.working.get(prefix + path);
  const committed = filesAt(edge.world, clone.head);
  const documentOf = (text: string): Document => ({ id: blobId(database.writeBlob(text)), executable: false });

  async function list(): Promise<CheckoutListing> {
    const tree = database.commit(clone.head)?.tree ?? '';
    const index = new Map<string, IndexEntry>();
    for (const [path, { mode, id }] of database.flatten(tree))
      if (path.startsWith(prefix)) index.set(path.slice(prefix.length), { mode, id: blobId(id) });
    const differing = clone.working === committed ? [] : inProject(changedBetween(committed, clone.working));
    const gone = differing.filter((path) => textAt(path) === undefined);
    return {
      index,
      // Git lists a deleted file as changed, and as deleted.
      changed: new Set(differing.filter((path) => index.has(path))),
      deleted: new Set(gone),
      untracked: differing.filter((path) => !index.has(path)).sort(),
      ...{ bitAlone: new Map(), unmerged: new Set(), ignored: [], nested: [], nestedIgnored: [] },
      ...{ nestedSelected: new Set(), filtered: new Map(), undecodable: [] },
    };
  }

  return {
    directory: prefix === '' ? WORKSPACE : `${WORKSPACE}/${path}`,
    origin: `${SERVER}/${clone.origin}`,
    gitDirectory: `${WORKSPACE}/.git`,
    objects: CHECKOUT_OBJECTS,
    head,
    readCommit: async (id) => (clone.commits(id) ? infoOf(edge, id) : undefined),
    list,
    lookAt: async (paths) =>
      new Map(
        paths.map((path): [string, OnDisk] => {
          const text = textAt(path);
          return [path, text === undefined ? { kind: 'gone' } : { kind: 'file', size: Buffer.byteLength(text) }];
        }),
      ),
    async stage(paths, store) {
      const staged = new Map<string, Document>();
      for (const path of paths) {
        const text = textAt(path);
        if (text === undefined) continue;
        const document = documentOf(text);
        poolOf(machine, store.objects).add(document.id);
        staged.set(path, document);
      }
      return staged;
    },
    listLfsPaths: async () => [],
    writeLfsContents: async () => new Map(),
    listUnchanged: async (ids) =>
      new Set(
        [...ids].flatMap(([path, id]) => {
          const text = textAt(path);
          return text !== undefined && database.writeBlob(text) === id ? [path] : [];
        }),
      ),
    async stageCopies(files, store) {
      const staged = new Map<string, Document>();
      for (const [path, file] of files) {
        const document = documentOf(utf8(contentOf(machine, file)));
        poolOf(machine, store.objects).add(document.id);
        staged.set(path, document);
      }
      return staged;
    },
    async tryListStaged() {
      return [];
    },
    async readFetched(paths) {
      const found = recordPlaces(paths, prefix).flatMap((path): FetchRecord[] => {
        const text = clone.working.get(path);
        return text === undefined ? [] : [{ path, text }];
      });
      return fetchedFinder(found, prefix);
    },
    listIgnoredFolders: async () => [],
    listIgnored: async () => [],
    async contains(commit, ancestor) {
      if (!clone.commits(commit) || !clone.commits(ancestor)) return 'unknown';
      if (database.contains(commit, ancestor)) return 'yes';
      return clone.isShallow ? 'unknown' : 'no';
    },
    async tryCommitsSince(ancestor, commit) {
      if (!clone.commits(ancestor) || !clone.commits(commit)) return undefined;
      const ids = database.commitsSince(ancestor, commit);
      return ids.length >= 100 ? undefined : ids.flatMap((id) => infoOf(edge, id) ?? []);
    },
    async tryResolve(ref) {
      if (ref === 'HEAD') return clone.head;
      return clone.refs.get(ref) ?? (clone.commits(ref) ? ref : undefined);
    },
    async tryChanged(from, to) {
      const [before, after] = [from, to].map((id) => (clone.commits(id) ? filesAt(edge.world, id) : undefined));
      return before && after && inProject(changedBetween(before, after));
    },
    async tryMergeBase(one, other) {
      return clone.commits(one) && clone.commits(other) ? database.mergeBase(one, other) : undefined;
    },
  };
}

/** A file of one of the run's own folders. */
function contentOf({ folders }: Machine, file: string): Buffer {
  const plain = file.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '');
  const slash = plain.lastIndexOf('/');
  const content = folders.get(plain.slice(0, slash))?.get(plain.slice(slash + 1));
  if (!content) throw new Error(`There is no file ${file} on the virtual machine.`);
  return content;
}

/** The working tree, as a run writes into it. */
export function createVirtualFiles(
  edge: RunEdge,
  machine: Machine,
  clone: Clone,
  { path }: Pick<ProjectPlace, 'path'>,
): CheckoutFiles {
  const prefix = path === '.' ? '' : `${path}/`;
  const { database } = edge.world;
  return {
    readPulled: async () => clone.pulled,
    async savePulled(pulled) {
      clone.pulled = new Map([...clone.pulled, ...pulled]);
    },
    createFolder: async () => '/simulated/pulled',
    async findPlaces(wanted) {
      const free = new Map<string, undefined>();
      const refused = new Map<string, string>();
      const removed = new Set(wanted.filter(({ writes }) => !writes).map(({ path }) => prefix + path));
      for (const { path, holds } of wanted) {
        const here = prefix + path;
        const text = clone.working.get(here);
        const inTheWay = [...clone.working.keys()].find(
          (other) => !removed.has(other) && (here.startsWith(`${other}/`) || other.startsWith(`${here}/`)),
        );
        if (inTheWay !== undefined) refused.set(path, 'a folder or a file is in the way');
        else if (holds === undefined && text !== undefined) refused.set(path, 'an uncommitted file is there');
        else if (holds !== undefined && (text === undefined || database.writeBlob(text) !== holds))
          refused.set(path, 'changed in the checkout and in no commit');
        else free.set(path, undefined);
      }
      return { free, refused };
    },
    async write(path, _, content) {
      const text = content === undefined ? null : utf8(contentOf(machine, content));
      clone.working = withChanges(clone.working, { [prefix + path]: text });
      return undefined;
    },
  };
}
