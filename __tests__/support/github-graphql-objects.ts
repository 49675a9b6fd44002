import { gitBytes, gitText, tryGit } from './git.ts';
import { nodeId, readCommits } from './github-answers.ts';
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
): GitObjects {
  const common = (kind: string, oid: string) => ({
    abbreviatedOid: oid.slice(0, 7),
    commitUrl: `${url}/commit/${oid}`,
    id: nodeId(kind, oid),
    oid,
    repository,
  });

  function blobNode(oid: string, byteSize: number) {
    let asked: Promise<Buffer> | undefined;
    const read = () => {
      asked ??= gitBytes(directory, ['cat-file', 'blob', oid]);
      return asked;
    };
    const isBinary = async () => (await read()).subarray(0, lookedAt).includes(0);
    const text = async () => ((await isBinary()) ? null : (await read()).subarray(0, mostText).toString());
    return { __typename: 'Blob', ...common('B', oid), byteSize, isTruncated: byteSize > mostText, isBinary, text };
  }

  /** Entries of a tree, or the ones at these paths. */
  async function list(tree: string, folder: string, paths: readonly string[] = []) {
    const listed = await gitBytes(directory, ['--literal-pathspecs', 'ls-tree', '-l', '-z', tree, ...paths]);
    // Names are bytes.
    const lines = listed.toString('latin1').split('\0').filter(Boolean);
    return lines.map((line) => {
      const [facts = '', found = ''] = line.split(/\t(.*)/s);
      const [mode = '', type = '', id = '', size = ''] = facts.split(/ +/);
      const bytes = Buffer.from(found, 'latin1');
      const path = `${folder}${bytes}`;
      const raw = bytes.subarray(bytes.lastIndexOf('/') + 1);
      // Of a submodule the tree names a commit that is another repository's.
      const own = () => (type === 'commit' ? object(id) : nodeOf(id, type, Number(size) || 0, `${path}/`));
      const named = { name: raw.toString(), nameRaw: raw.toString('base64'), path };
      return {
        ...named,
        oid: id,
        type,
        size: Number(size) || 0,
        repository,
        mode: Number.parseInt(mode, 8),
        object: own,
      };
    });
  }

  function treeNode(oid: string, folder = '') {
    return { __typename: 'Tree', ...common('T', oid), entries: () => list(oid, folder) };
  }

  async function commitNode(oid: string) {
    const [commit] = await readCommits(directory, [oid]);
    if (commit === undefined) return null;
    const parents = ({ first, last }: Bounds) => {
      if (first == null && last == null) {
        const words = 'You must provide a `first` or `last` value to properly paginate the `parents` connection.';
        throw failure('MISSING_PAGINATION_BOUNDARIES', words);
      }
      const begun = commit.parents.slice(0, first ?? undefined);
      const shown = last == null ? begun : begun.slice(Math.max(0, begun.length - last));
      return { totalCount: commit.parents.length, nodes: () => shown.map(commitNode) };
    };
    return {
      __typename: 'Commit',
      ...common('C', oid),
      authoredDate: commit.author.date,
      committedDate: commit.committer.date,
      message: commit.message,
      messageHeadline: commit.message.split('\n')[0] ?? '',
      parents,
      tree: () => treeNode(commit.tree),
      file: async ({ path }: { path: string }) => (await list(commit.tree, '', [path]))[0] ?? null,
      url: `${url}/commit/${oid}`,
    };
  }

  async function tagNode(oid: string) {
    const raw = await gitText(directory, ['cat-file', 'tag', oid]);
    const [head = '', message = ''] = raw.split(/\n\n(.*)/s);
    const field = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(head)?.[1] ?? '';
    const target = () => object(field('object'));
    return { __typename: 'Tag', ...common('TA', oid), name: field('tag'), message: message.trimEnd(), target };
  }

  async function nodeOf(oid: string, type: string, size: number, folder = ''): Promise<ObjectNode | null> {
    if (type === 'blob') return blobNode(oid, size);
    if (type === 'tree') return treeNode(oid, folder);
    if (type === 'tag') return tagNode(oid);
    return type === 'commit' ? commitNode(oid) : null;
  }

  async function object(expression: string): Promise<ObjectNode | null> {
    // A second line would be a second question.
    if (expression === '' || /[\n\0]/.test(expression)) return null;
    const found = await tryGit(directory, ['cat-file', '--batch-check'], { input: `${expression}\n` });
    const [, oid = '', type = '', size = ''] = /^([0-9a-f]{40}) (\w+) (\d+)$/m.exec(found.stdout.toString()) ?? [];
    return nodeOf(oid, type, Number(size), folderOf(expression));
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
