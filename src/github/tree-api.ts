import type { Client } from './client.ts';
import { type Asked, unlessMissing } from './failures.ts';

/** A folder at a commit. */
export interface FoundFolder {
  readonly tree: string;
  /** Name -> blob id of the files in it: of its first thousand entries. */
  readonly files: ReadonlyMap<string, string>;
}

/** What GitHub describes as `content-tree`, and Octokit's types leave out. */
interface ContentTree {
  readonly path: string;
  readonly sha: string;
  readonly entries: readonly { readonly type: string; readonly name: string; readonly sha: string }[];
}

/** An entry of a tree; `path` is its name. */
export interface FoundEntry {
  readonly mode: string;
  readonly type: string;
  readonly id: string;
  readonly path: string;
}

/**
 * Finds a folder by its path: one request, where git needs the trees on the way, with all that stands beside it.
 * @returns `undefined` where no folder is, as far as GitHub tells
 */
export async function tryFolder(
  client: Client,
  asked: Asked,
  path: string,
  commit: string,
): Promise<FoundFolder | undefined> {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const question = { owner, repo, path, ref: commit, mediaType: { format: 'object' } };
  const answer = await client.rest.repos.getContent(question).catch(unlessMissing(asked));
  const folder = answer?.data as Partial<ContentTree> | undefined;
  // Another path: a link that GitHub followed. Without entries: a file.
  if (folder?.path !== path || folder.sha === undefined || !Array.isArray(folder.entries)) return undefined;
  const files = folder.entries.filter(({ type }) => type === 'file');
  return { tree: folder.sha, files: new Map(files.map(({ name, sha }) => [name, sha])) };
}

/** Lists a tree, not what is below it. Names that are not UTF-8 come changed, and of a vast one only some. */
export async function tryTree(client: Client, asked: Asked, id: string): Promise<FoundEntry[] | undefined> {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const answer = await client.rest.git.getTree({ owner, repo, tree_sha: id }).catch(unlessMissing(asked));
  return answer?.data.tree.map(({ mode, type, sha, path }) => ({ mode, type, id: sha, path }));
}
