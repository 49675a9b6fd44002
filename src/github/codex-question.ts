import { hashBlob, OBJECT_ID } from '../text/bytes.ts';
import {
  type BlobId,
  type BranchName,
  blobId,
  branchName,
  commitId,
  type TreeId,
  treeId,
  tristate,
} from '../text/ids.ts';
import { type Client, withoutWaiting } from './client.ts';
import type { BranchTip, CodexApi, CodexRepository, FolderEntry, FoundFolder } from './codex-api.ts';
import { visibilityOf } from './project-api.ts';

/** What a run is going to ask about the codex. */
export interface CodexQuestion {
  readonly branches: readonly BranchName[];
  /** The codex's own configuration, on its default branch. */
  readonly configFile: string;
  /** A project's folder and its manifest, from the root of the codex. */
  readonly folder?: { readonly path: string; readonly manifestFile: string } | undefined;
}

/** The parts of GitHub's one answer that can be used. What is missing is asked for by itself. */
interface CodexAnswer {
  readonly repository: CodexRepository | undefined;
  /** `undefined`: not known; `none`: the default branch has no such file. */
  readonly config: { readonly text: string } | 'none' | undefined;
  readonly branches: ReadonlyMap<BranchName, BranchAnswer>;
}

interface BranchAnswer {
  readonly tip: BranchTip;
  readonly root: readonly FolderEntry[] | undefined;
  readonly folder: FoundFolder | 'none' | undefined;
}

const DEADLINE_MILLISECONDS = 10_000;
const LINK = 0o120000;

/**
 * Asks one GraphQL question in the place of the first five or more, all of it bound to one commit of each branch. Later
 * questions of the API take their part of its answer, or ask GitHub by themselves: when there is no answer in time, and
 * for parts that GitHub truncates, refuses or does not know (older Enterprise Servers).
 */
export function answerAtOnce(api: CodexApi, client: Client, repository: string): CodexApi {
  let answer: Promise<CodexAnswer | undefined> = Promise.resolve(undefined);
  const texts = new Map<BlobId, string>();
  const roots = new Map<TreeId, readonly FolderEntry[]>();
  const folders = new Map<string, FoundFolder | 'none'>();
  /** Each is taken once: a later question wants to know what is there by then. */
  const taken = new Set<string>();
  const take = async <Part>(name: string, partOf: (answer: CodexAnswer) => Part | undefined) => {
    const known = await answer;
    if (known === undefined || taken.has(name)) return undefined;
    taken.add(name);
    return partOf(known);
  };

  async function ask(question: CodexQuestion): Promise<CodexAnswer | undefined> {
    const [owner = '', name = ''] = repository.split('/');
    const { query, variables } = queryFor(question);
    const request = withoutWaiting(DEADLINE_MILLISECONDS);
    const data = await client
      .graphql<GraphAnswer>(query, { owner, name, ...variables, request })
      .catch(() => undefined);
    const found = data?.repository;
    if (!found) return undefined;
    const branches = new Map<BranchName, BranchAnswer>();
    question.branches.forEach((branch, index) => {
      const known = branchAnswer(found[`branch${index}`], branch, question);
      if (known === undefined) return;
      branches.set(branch, known);
      const { tip, root, folder, manifest } = known;
      if (root) roots.set(tip.tree, root);
      if (question.folder && folder) folders.set(placeOf(question.folder.path, tip.commit), folder);
      if (manifest) texts.set(manifest.blob, manifest.text);
    });
    return { repository: repositoryAnswer(found), config: configAnswer(found), branches };
  }

  return {
    ...api,
    ask(question) {
      answer = ask(question);
    },
    readRepository: async () => (await take('repository', ({ repository }) => repository)) ?? api.readRepository(),
    async readDefaultFile(path) {
      const config = await take(`file ${path}`, (known) => known.config);
      if (config === undefined) return api.readDefaultFile(path);
      return config === 'none' ? undefined : config.text;
    },
    readBranch: async (branch) =>
      (await take(`branch ${branch}`, ({ branches }) => branches.get(branch)?.tip)) ?? api.readBranch(branch),
    async tryFolder(path, commit) {
      await answer;
      const folder = folders.get(placeOf(path, commit));
      if (folder === undefined) return api.tryFolder(path, commit);
      return folder === 'none' ? undefined : folder;
    },
    async tryTree(id) {
      await answer;
      return roots.get(id) ?? api.tryTree(id);
    },
    async readText(blob) {
      await answer;
      return texts.get(blob) ?? api.readText(blob);
    },
  };
}

function placeOf(path: string, commit: string): string {
  return `${commit}:${path}`;
}

/** One alias for each branch. The names and paths are variables, so that none of them is read as a part of the query. */
function queryFor({ branches, configFile, folder }: CodexQuestion) {
  const declared = branches.map((_, index) => `, $branch${index}: String!`).join('');
  const inFolder = folder
    ? 'folder: file(path: $folder) { ...entry } manifest: file(path: $manifest) { ...entry ...text }'
    : '';
  const tip = `target { ... on Commit { oid tree { oid entries { nameRaw mode type oid } } ${inFolder} } }`;
  const query = `query ($owner: String!, $name: String!, $config: String!${folder ? ', $folder: String!, $manifest: String!' : ''}${declared}) {
    repository(owner: $owner, name: $name) {
      nameWithOwner isArchived isDisabled isPrivate visibility viewerPermission
      defaultBranchRef { name target { ... on Commit { config: file(path: $config) { ...entry ...text } } } }
      ${branches.map((_, index) => `branch${index}: ref(qualifiedName: $branch${index}) { name prefix ${tip} }`).join('\n')}
    }
  }
  fragment entry on TreeEntry { oid mode type }
  fragment text on TreeEntry { object { ... on Blob { text isTruncated } } }`;
  const refs = branches.map((branch, index) => [`branch${index}`, `refs/heads/${branch}`] as const);
  const paths = folder && { folder: folder.path, manifest: `${folder.path}/${folder.manifestFile}` };
  return { query, variables: { config: configFile, ...paths, ...Object.fromEntries(refs) } };
}

interface EntryAnswer {
  readonly oid: string;
  readonly mode: number;
  readonly type: string;
  readonly object?: { readonly text?: string | null; readonly isTruncated?: boolean } | null;
}

interface TipAnswer {
  readonly name: string;
  readonly prefix: string;
  readonly target: {
    readonly oid?: string;
    readonly tree?: {
      readonly oid: string;
      readonly entries: readonly (Omit<EntryAnswer, 'object'> & { readonly nameRaw: string })[] | null;
    };
    readonly folder?: EntryAnswer | null;
    readonly manifest?: EntryAnswer | null;
  } | null;
}

interface GraphAnswer {
  readonly repository:
    | (RepositoryAnswer & { readonly [branch: `branch${number}`]: TipAnswer | null | undefined })
    | null;
}

interface RepositoryAnswer {
  readonly nameWithOwner: string;
  readonly isArchived: boolean;
  readonly isDisabled: boolean;
  readonly isPrivate: boolean;
  readonly visibility: string;
  readonly viewerPermission: string | null;
  readonly defaultBranchRef: {
    readonly name: string;
    readonly target: { readonly config?: EntryAnswer | null } | null;
  } | null;
}

const MAY_PUSH = ['WRITE', 'MAINTAIN', 'ADMIN'];

/** Without commits there is no default branch to be read: then the other API tells its name. */
function repositoryAnswer(found: RepositoryAnswer): CodexRepository | undefined {
  const { nameWithOwner, isArchived, isDisabled, isPrivate, visibility, viewerPermission, defaultBranchRef } = found;
  if (!defaultBranchRef) return undefined;
  return {
    fullName: nameWithOwner,
    defaultBranch: branchName(defaultBranchRef.name),
    archived: isArchived,
    disabled: isDisabled,
    visibility: visibilityOf({ visibility: visibility.toLowerCase(), private: isPrivate }),
    mayPush: tristate(viewerPermission === null ? undefined : MAY_PUSH.includes(viewerPermission)),
  };
}

function configAnswer({ defaultBranchRef }: RepositoryAnswer): CodexAnswer['config'] {
  const config = defaultBranchRef?.target?.config;
  if (config === null) return 'none';
  const text = config && textOf(config);
  return text === undefined ? undefined : { text: text.text };
}

/** A link leads to another file, which the other API follows; a text that GitHub shortened or changed is no text. */
function textOf({ oid, mode, object }: EntryAnswer): { readonly blob: BlobId; readonly text: string } | undefined {
  const { text, isTruncated } = object ?? {};
  if (mode === LINK || isTruncated !== false || typeof text !== 'string') return undefined;
  return hashBlob(Buffer.from(text)) === oid ? { blob: blobId(oid), text } : undefined;
}

function branchAnswer(found: TipAnswer | null | undefined, branch: BranchName, { folder: asked }: CodexQuestion) {
  // Of another name: GitHub looks among tags, too.
  if (!found || found.name !== branch || found.prefix !== 'refs/heads/') return undefined;
  const { oid, tree, folder, manifest } = found.target ?? {};
  if (oid === undefined || !OBJECT_ID.test(oid) || !tree || !OBJECT_ID.test(tree.oid)) return undefined;
  const text = manifest ? textOf(manifest) : undefined;
  return {
    tip: { commit: commitId(oid), tree: treeId(tree.oid) },
    root: tree.entries?.map(rootEntry),
    folder: asked && folderAnswer(folder, manifest, asked.manifestFile),
    manifest: text,
  };
}

function folderAnswer(
  folder: EntryAnswer | null | undefined,
  manifest: EntryAnswer | null | undefined,
  manifestFile: string,
): BranchAnswer['folder'] {
  if (folder === null) return 'none';
  if (folder?.type !== 'tree' || manifest === undefined) return undefined;
  const isFile = manifest?.type === 'blob' && manifest.mode !== LINK;
  return { tree: treeId(folder.oid), files: new Map(isFile ? [[manifestFile, blobId(manifest.oid)]] : []) };
}

function rootEntry({
  nameRaw,
  mode,
  type,
  oid,
}: Omit<EntryAnswer, 'object'> & { readonly nameRaw: string }): FolderEntry {
  // Git's own modes have six digits. A name that is not UTF-8 changes the tree's id, which then shows it.
  return { mode: mode.toString(8).padStart(6, '0'), type, id: oid, path: Buffer.from(nameRaw, 'base64').toString() };
}
