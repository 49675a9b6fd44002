import { type ObjectReader, type TreeEntry, treeEntries } from './cat-file.ts';
import { gitText } from './git.ts';
import { type CommitFacts, nodeId, readCommits } from './github-answers.ts';
import type { Repository } from './github-repositories.ts';

/** Of a file's text GraphQL gives this many bytes. */
const mostText = 512_000;

/** Where git itself looks for what makes a file binary. */
const lookedAt = 8000;

type Failure = (type: string, message: string) => Error;

/** A git object as GraphQL shows it; fields that cost a question are asked for only when the query has them. */
type ObjectNode = { readonly __typename: string; readonly oid: string };

interface Bounds {
  first?: number | null;
  last?: number | null;
}

export interface GitObjects {
  hasRefs(): Promise<boolean>;
  /** The first of these refs that exists. */
  ref(names: readonly string[]): Promise<object | null>;
  /** What git finds by an expression, or id; null where there is nothing. */
  object(expression: string): Promise<ObjectNode | null>;
}

/** The git objects of one repository, whose own node they lead back to; `url` is its page. */
export function objectsOf(
  { directory, fullName }: Repository,
  url: string,
  repository: object,
  failure: Failure,
  objects: ObjectReader,
): GitObjects {
  const common = (kind: string, oid: string) => ({
    abbreviatedOid: oid.slice(0, 7),
    commitUrl: `${url}/commit/${oid}`,
    id: nodeId(kind, oid),
    oid,
    repository,
  });

  function blobNode(oid: string) {
    let asked: Promise<Buffer> | undefined;
    const read = () => {
      asked ??= objects.read(oid).then((found) => found?.content ?? Buffer.alloc(0));
      return asked;
    };
    const byteSize = async () => (await read()).length;
    const isBinary = async () => (await read()).subarray(0, lookedAt).includes(0);
    const text = async () => ((await isBinary()) ? null : (await read()).subarray(0, mostText).toString());
    const isTruncated = async () => (await byteSize()) > mostText;
    return { __typename: 'Blob', ...common('B', oid), byteSize, isTruncated, isBinary, text };
  }

  const entriesOf = async (tree: string) => treeEntries((await objects.read(tree))?.content ?? Buffer.alloc(0));

  function entryNode({ mode, name, oid }: TreeEntry, folder: string) {
    const type = typeOf(mode);
    const path = `${folder}${name}`;
    // Of a submodule the tree names a commit that is another repository's.
    const own = () => (type === 'commit' ? object(oid) : nodeOf(oid, type, `${path}/`));
    return {
      ...{ name: name.toString(), nameRaw: name.toString('base64'), path, oid, type, repository },
      size: async () => (type === 'blob' ? ((await objects.read(oid))?.content.length ?? 0) : 0),
      mode: Number.parseInt(mode, 8),
      object: own,
    };
  }

  const list = async (tree: string, folder: string) => (await entriesOf(tree)).map((entry) => entryNode(entry, folder));

  /** The entry at a path below a tree. */
  async function find(tree: string, path: string) {
    const parts = path.split('/');
    const last = parts.pop() ?? '';
    let place = tree;
    const named = async (name: string) =>
      (await entriesOf(place)).find((entry) => entry.name.equals(Buffer.from(name)));
    for (const part of parts) {
      const entry = await named(part);
      if (entry === undefined || typeOf(entry.mode) !== 'tree') return null;
      place = entry.oid;
    }
    const entry = await named(last);
    return entry ? entryNode(entry, parts.map((part) => `${part}/`).join('')) : null;
  }

  function treeNode(oid: string, folder = '') {
    return { __typename: 'Tree', ...common('T', oid), entries: () => list(oid, folder) };
  }

  async function commitNode(oid: string) {
    const found = await objects.read(oid);
    if (found?.type !== 'commit') return null;
    const tree = found.content.toString('latin1', 'tree '.length, 'tree '.length + oid.length);
    let read: Promise<CommitFacts> | undefined;
    const facts = () => {
      read ??= readCommits(directory, [oid]).then(([commit]) => commit as CommitFacts);
      return read;
    };
    const parents = async ({ first, last }: Bounds) => {
      if (first == null && last == null) {
        const words = 'You must provide a `first` or `last` value to properly paginate the `parents` connection.';
        throw failure('MISSING_PAGINATION_BOUNDARIES', words);
      }
      const all = (await facts()).parents;
      const begun = all.slice(0, first ?? undefined);
      const shown = last == null ? begun : begun.slice(Math.max(0, begun.length - last));
      return { totalCount: all.length, nodes: () => shown.map(commitNode) };
    };
    return {
      __typename: 'Commit',
      ...common('C', oid),
      authoredDate: async () => (await facts()).author.date,
      committedDate: async () => (await facts()).committer.date,
      message: async () => (await facts()).message,
      messageHeadline: async () => (await facts()).message.split('\n')[0] ?? '',
      parents,
      tree: () => treeNode(tree),
      file: ({ path }: { path: string }) => find(tree, path),
      url: `${url}/commit/${oid}`,
    };
  }

  async function tagNode(oid: string) {
    const raw = (await objects.read(oid))?.content.toString().trimEnd() ?? '';
    const [head = '', message = ''] = raw.split(/\n\n(.*)/s);
    const field = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(head)?.[1] ?? '';
    const target = () => object(field('object'));
    return { __typename: 'Tag', ...common('TA', oid), name: field('tag'), message: message.trimEnd(), target };
  }

  async function nodeOf(oid: string, type: string, folder = ''): Promise<ObjectNode | null> {
    if (type === 'blob') return blobNode(oid);
    if (type === 'tree') return treeNode(oid, folder);
    if (type === 'tag') return tagNode(oid);
    return type === 'commit' ? commitNode(oid) : null;
  }

  async function object(expression: string): Promise<ObjectNode | null> {
    const found = await objects.read(expression);
    return found ? nodeOf(found.oid, found.type, folderOf(expression)) : null;
  }

  async function ref(names: readonly string[]): Promise<object | null> {
    const format = '--format=%(refname) %(objectname)';
    const listed = (await gitText(directory, ['for-each-ref', format, ...names])).split('\n');
    for (const full of names) {
      const oid = listed.find((line) => line.startsWith(`${full} `))?.slice(full.length + 1);
      if (oid === undefined) continue;
      const prefix = /^refs\/[^/]+\//.exec(full)?.[0] ?? 'refs/';
      const id = nodeId('REF', `${fullName}:${full}`);
      return { __typename: 'Ref', id, name: full.slice(prefix.length), prefix, repository, target: () => object(oid) };
    }
    return null;
  }

  return { hasRefs: async () => (await gitText(directory, ['for-each-ref', '--count=1'])) !== '', ref, object };
}

/** `HEAD:docs` -> `docs/`: where the entries of that tree are. */
function folderOf(expression: string): string {
  const path = (/:(.*)$/s.exec(expression)?.[1] ?? '').replace(/\/+$/, '');
  return path === '' ? '' : `${path}/`;
}

function typeOf(mode: string): 'tree' | 'commit' | 'blob' {
  if (mode === '40000') return 'tree';
  return mode === '160000' ? 'commit' : 'blob';
}
