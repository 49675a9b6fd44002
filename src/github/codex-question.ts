import type { Document } from '../documents/select.ts';
import type { Visibility } from '../inputs/trigger.ts';
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
import { type Client, type Credentials, withoutWaiting } from './client.ts';
import type { BranchTip, CodexApi, CodexQuestion, CodexRepository, FolderEntry, HeldFolder } from './codex-api.ts';
import { visibilityOf } from './project-api.ts';

export const DEADLINE_MILLISECONDS = 10_000;
/** More folders and branches make one answer slow, and GitHub's nodes are limited. */
const MAX_FOLDERS = 3;
/** The texts make one answer large: GitHub shortens each only above half a megabyte. */
export const MAX_DOCUMENTS = 10;

/**
 * Asks one GraphQL question in the place of the first five or more, bound to one commit of each branch. Later questions
 * of the API take their part of its answer. They ask by themselves when no answer came in time, and for what GitHub
 * shortens, refuses or, on an older Enterprise Server, does not know.
 */
export function answerAtOnce(
  api: CodexApi,
  client: Client,
  repository: string,
  { tokenFor }: Pick<Credentials, 'tokenFor'>,
  deadlineMilliseconds = DEADLINE_MILLISECONDS,
): CodexApi {
  let answer: Promise<CodexAnswer> = Promise.resolve(NO_CODEX_ANSWER);
  let asked: string | undefined;
  const taken = new Set<string>();

  async function ask(question: CodexQuestion): Promise<CodexAnswer> {
    const [owner = '', name = ''] = repository.split('/');
    const { query, variables } = queryFor(question);
    const request = withoutWaiting(deadlineMilliseconds);
    const body = await client.graphql<GraphAnswer>(query, { owner, name, ...variables, request });
    return body.repository ? readAnswer(body.repository, question) : NO_CODEX_ANSWER;
  }

  return {
    ...answerFrom(api, () => answer, taken),
    ask(question) {
      const [folders, documents] = [question.folders.slice(0, MAX_FOLDERS), question.documents.slice(0, MAX_DOCUMENTS)];
      const short = { ...question, folders, documents };
      const text = JSON.stringify(short);
      // Asked before the run began, and nothing of it was taken yet.
      if (text === asked && taken.size === 0) return;
      asked = text;
      taken.clear();
      // Without an answer, or with one that makes no sense, every question is asked by itself. Without a token none is.
      answer = tokenFor().then(() => ask(short).catch(() => NO_CODEX_ANSWER));
      answer.catch(() => {});
    },
  };
}

/**
 * The API with an answer that came before: later questions take their part of it, and ask by themselves for the rest.
 * @param taken parts that are given once: a later question wants to know what is there by then
 */
export function answerFrom(
  api: CodexApi,
  answerNow: () => Promise<CodexAnswer>,
  taken: Set<string> = new Set(),
): CodexApi {
  const take = async <Part>(part: string, find: (answer: CodexAnswer) => Part | undefined) => {
    const known = await answerNow();
    if (taken.has(part)) return undefined;
    taken.add(part);
    return find(known);
  };
  return {
    ...api,
    readRepository: async () => (await take('repository', (known) => known.repository)) ?? api.readRepository(),
    async readDefaultFile(path) {
      const config = await take(`file ${path}`, (known) => known.config);
      return config?.file === path ? config.text : api.readDefaultFile(path);
    },
    readBranch: async (branch) =>
      (await take(`branch ${branch}`, ({ tips }) => tips.get(branch))) ?? api.readBranch(branch),
    async tryFolder(path, commit) {
      const folder = (await answerNow()).folders.get(placeOf(path, commit));
      return folder === undefined ? api.tryFolder(path, commit) : folder.found;
    },
    tryTree: async (id) => (await answerNow()).roots.get(id) ?? api.tryTree(id),
    readText: async (blob) => (await answerNow()).texts.get(blob) ?? api.readText(blob),
    tryHeldText: async (blob) => (await answerNow()).texts.get(blob) ?? api.tryHeldText(blob),
    tryHeldFile: async (path, commit) =>
      (await answerNow()).files.get(placeOf(path, commit)) ?? api.tryHeldFile(path, commit),
    tryHeldFolder: async (path, commit) =>
      (await answerNow()).folders.get(placeOf(path, commit)) ?? api.tryHeldFolder(path, commit),
  };
}

/** The parts of an answer that can be used. */
export interface CodexAnswer {
  readonly repository: CodexRepository | undefined;
  /** Without a text: the default branch has no such file. */
  readonly config: { readonly file: string; readonly text: string | undefined } | undefined;
  readonly tips: ReadonlyMap<BranchName, BranchTip>;
  readonly roots: ReadonlyMap<TreeId, readonly FolderEntry[]>;
  /** By commit and path. */
  readonly folders: ReadonlyMap<string, HeldFolder>;
  readonly texts: ReadonlyMap<BlobId, string>;
  /** Regular files, by commit and path. */
  readonly files: ReadonlyMap<string, Document>;
}

export const NO_CODEX_ANSWER: CodexAnswer = {
  ...{ repository: undefined, config: undefined, tips: new Map(), roots: new Map(), folders: new Map() },
  ...{ texts: new Map(), files: new Map() },
};

export function placeOf(path: string, commit: string): string {
  return `${commit}:${path}`;
}

/** What the queries about the codex have in common: its branches, with folders and files of each. */
type TipsQuestion = Omit<CodexQuestion, 'configFile'>;

/** Names and paths are variables, so that none of them is read as a part of the query. */
export function tipsQuery({ branches, folders, manifestFile, documents }: TipsQuestion) {
  const variables: Record<string, string> = {};
  branches.forEach((branch, index) => {
    variables[`branch${index}`] = `refs/heads/${branch}`;
  });
  folders.forEach((path, index) => {
    variables[`folder${index}`] = path;
    variables[`manifest${index}`] = `${path}/${manifestFile}`;
  });
  documents.forEach((path, index) => {
    variables[`document${index}`] = path;
  });
  const files = [
    ...folders.map(
      (_, index) =>
        `folder${index}: file(path: $folder${index}) { ...entry } manifest${index}: file(path: $manifest${index}) { ...entry ...text }`,
    ),
    ...documents.map((_, index) => `document${index}: file(path: $document${index}) { ...entry ...text }`),
  ];
  const refs = branches.map(
    (_, index) => `branch${index}: ref(qualifiedName: $branch${index}) { name prefix target { ...tip } }`,
  );
  // A query with an unused fragment is refused.
  const tip = `fragment tip on Commit { oid tree { oid entries { nameRaw mode type oid } } ${files.join(' ')} }`;
  const fragments = `${branches.length > 0 ? tip : ''}
fragment entry on TreeEntry { oid mode type }
fragment text on TreeEntry { object { ... on Blob { text isTruncated } } }`;
  return { variables, refs: refs.join('\n    '), fragments };
}

/** The variables of a query, as its first line declares them. */
export function declare(names: readonly string[]): string {
  return names.map((name) => `$${name}: String!`).join(', ');
}

function queryFor({ configFile, ...question }: CodexQuestion) {
  const { refs, fragments, ...tips } = tipsQuery(question);
  const variables = { ...tips.variables, config: configFile };
  const query = `query (${declare(['owner', 'name', ...Object.keys(variables)])}) {
  repository(owner: $owner, name: $name) {
    nameWithOwner isArchived isDisabled isPrivate visibility viewerPermission
    defaultBranchRef { name target { ... on Commit { config: file(path: $config) { ...entry ...text } } } }
    ${refs}
  }
}
${fragments}`;
  return { query, variables };
}

interface EntryAnswer {
  readonly oid: string;
  readonly mode: number;
  readonly type: string;
}

export interface FileAnswer extends EntryAnswer {
  readonly object?: { readonly text?: string | null; readonly isTruncated?: boolean } | null;
}

export interface RootEntry extends EntryAnswer {
  /** In base64. */
  readonly nameRaw: string;
}

type TipAnswer = {
  readonly oid?: string;
  readonly tree?: { readonly oid: string; readonly entries: readonly RootEntry[] | null };
} & Readonly<Record<`folder${number}`, EntryAnswer | null | undefined>> &
  Readonly<Record<`manifest${number}` | `document${number}`, FileAnswer | null | undefined>>;

type RefAnswer = { readonly name: string; readonly prefix: string; readonly target: TipAnswer | null };

export type TipsAnswer = Readonly<Record<`branch${number}`, RefAnswer | null | undefined>>;

interface SeenAnswer {
  readonly isPrivate: boolean;
  readonly visibility: string;
}

type RepositoryAnswer = SeenAnswer & {
  readonly nameWithOwner: string;
  readonly isArchived: boolean;
  readonly isDisabled: boolean;
  readonly viewerPermission: string | null;
  readonly defaultBranchRef: {
    readonly name: string;
    readonly target: { readonly config?: FileAnswer | null } | null;
  } | null;
} & TipsAnswer;

interface GraphAnswer {
  readonly repository: RepositoryAnswer | null;
}

function readAnswer(found: RepositoryAnswer, question: CodexQuestion): CodexAnswer {
  return { ...readTips(found, question), repository: repositoryAnswer(found), config: configAnswer(found, question) };
}

/** The codex's branches alone. */
export function readTips(found: TipsAnswer, question: TipsQuestion): CodexAnswer {
  const tips = new Map<BranchName, BranchTip>();
  const roots = new Map<TreeId, readonly FolderEntry[]>();
  const folders = new Map<string, HeldFolder>();
  const texts = new Map<BlobId, string>();
  const files = new Map<string, Document>();
  question.branches.forEach((branch, number) => {
    const ref = found[`branch${number}`];
    // GitHub finds a ref by its short name, too.
    if (!ref?.target || ref.name !== branch || ref.prefix !== 'refs/heads/') return;
    const { target } = ref;
    const { oid, tree } = target;
    if (oid === undefined || !OBJECT_ID.test(oid) || !tree || !OBJECT_ID.test(tree.oid)) return;
    tips.set(branch, { commit: commitId(oid), tree: treeId(tree.oid) });
    if (tree.entries) roots.set(treeId(tree.oid), tree.entries.map(rootEntry));
    question.folders.forEach((path, index) => {
      const [folder, manifest] = [target[`folder${index}`], target[`manifest${index}`]];
      const text = manifest && textOf(manifest);
      if (text) texts.set(blobId(manifest.oid), text);
      const known = folderAnswer(folder, manifest, question.manifestFile);
      if (known) folders.set(placeOf(path, oid), known);
    });
    question.documents.forEach((path, index) => {
      const entry = target[`document${index}`];
      const file = entry && fileAnswer(entry);
      if (!file) return;
      files.set(placeOf(path, oid), file);
      const text = textOf(entry);
      if (text !== undefined) texts.set(file.id, text);
    });
  });
  return { repository: undefined, config: undefined, tips, roots, folders, texts, files };
}

const MAY_PUSH = ['WRITE', 'MAINTAIN', 'ADMIN'];

/** Without commits GraphQL names no default branch. */
function repositoryAnswer(found: RepositoryAnswer): CodexRepository | undefined {
  const { nameWithOwner, isArchived, isDisabled, viewerPermission, defaultBranchRef } = found;
  if (!defaultBranchRef) return undefined;
  return {
    fullName: nameWithOwner,
    defaultBranch: branchName(defaultBranchRef.name),
    archived: isArchived,
    disabled: isDisabled,
    visibility: visibilityAnswer(found),
    // GitHub tells an App nothing.
    mayPush: tristate(viewerPermission === null ? undefined : MAY_PUSH.includes(viewerPermission)),
  };
}

function configAnswer(
  { defaultBranchRef }: RepositoryAnswer,
  { configFile: file }: CodexQuestion,
): CodexAnswer['config'] {
  const config = defaultBranchRef?.target?.config;
  if (config === null) return { file, text: undefined };
  const text = config && textOf(config);
  return text === undefined ? undefined : { file, text };
}

const LINK = 0o120000;

/** A link's text names another file. A text that GitHub shortened, or that is not UTF-8, has another id. */
export function textOf({ oid, mode, object }: FileAnswer): string | undefined {
  const { text, isTruncated } = object ?? {};
  if (mode === LINK || isTruncated !== false || typeof text !== 'string') return undefined;
  return hashBlob(Buffer.from(text)) === oid ? text : undefined;
}

function folderAnswer(
  folder: EntryAnswer | null | undefined,
  manifest: FileAnswer | null | undefined,
  manifestFile: string,
): HeldFolder | undefined {
  if (folder === null) return { found: undefined };
  if (folder?.type !== 'tree' || !OBJECT_ID.test(folder.oid) || manifest === undefined) return undefined;
  if (manifest && !OBJECT_ID.test(manifest.oid)) return undefined;
  const isFile = manifest?.type === 'blob' && manifest.mode !== LINK;
  const files = new Map(isFile ? [[manifestFile, blobId(manifest.oid)]] : []);
  return { found: { tree: treeId(folder.oid), files } };
}

const [KIND_OF_ENTRY, REGULAR, EXECUTABLE] = [0o170000, 0o100000, 0o100755];

function fileAnswer({ oid, mode, type }: FileAnswer): Document | undefined {
  if (type !== 'blob' || (mode & KIND_OF_ENTRY) !== REGULAR || !OBJECT_ID.test(oid)) return undefined;
  return { id: blobId(oid), executable: mode === EXECUTABLE };
}

/** A name that is not UTF-8 changes the tree's id, which is checked when the tree is kept. */
export function rootEntry({ nameRaw, type, oid, ...entry }: RootEntry): FolderEntry {
  return { mode: modeOf(entry), type, id: oid, path: Buffer.from(nameRaw, 'base64').toString() };
}

/** Git prints modes with six digits. */
export function modeOf({ mode }: Pick<EntryAnswer, 'mode'>): string {
  return mode.toString(8).padStart(6, '0');
}

/** What GraphQL names in capitals, and REST does not. */
export function visibilityAnswer({ visibility, isPrivate }: SeenAnswer): Visibility {
  return visibilityOf({ visibility: visibility.toLowerCase(), private: isPrivate });
}
