import type { Relation } from '../codex/commit-order.ts';
import type { Document } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { hashBlob, OBJECT_ID } from '../text/bytes.ts';
import {
  type BlobId,
  type BranchName,
  blobId,
  branchName,
  type CommitId,
  commitId,
  type TreeId,
  type Tristate,
  treeId,
  tristate,
} from '../text/ids.ts';
import type { Client, GitService, ServiceAnswer } from './client.ts';
import {
  type Asked,
  answerMessage,
  failRequest,
  hasStatus,
  isApp,
  movedRepository,
  tokenAdvice,
  unknownToken,
  unlessMissing,
  who,
} from './failures.ts';
import { compareCommits, visibilityOf } from './project-api.ts';

export interface BranchTip {
  readonly commit: CommitId;
  readonly tree: TreeId;
}

export interface CodexRepository {
  /** GitHub's spelling. */
  readonly fullName: string;
  readonly defaultBranch: BranchName;
  readonly visibility: Visibility;
  readonly archived: boolean;
  /** Disabled by GitHub or the owner's plan: git can neither read nor write it. */
  readonly disabled: boolean;
  /** Whether the user's role may push there (the token may be narrower); `undefined` when GitHub does not report it. */
  readonly mayPush: Tristate;
}

interface BranchDeletion {
  /** UTC, in GitHub's format. */
  readonly time: string;
  readonly commit: string;
}

interface SeenRepository {
  /** The current name: GitHub redirects earlier names. */
  readonly fullName: string;
  readonly archived: boolean;
  readonly visibility: Visibility;
}

/** `not-found` also when the credentials may not see it; `unknown` when GitHub did not answer. */
export type RepositoryAnswer =
  | ({ readonly kind: 'found' } & SeenRepository)
  | { readonly kind: 'not-found' | 'unknown' };

/** What a run is going to ask about the codex. */
export interface CodexQuestion {
  readonly branches: readonly BranchName[];
  /** The codex's own configuration, on its default branch. */
  readonly configFile: string;
  /** Projects' folders, as paths from the root of the codex. */
  readonly folders: readonly string[];
  /** The name of the manifest in each folder. */
  readonly manifestFile: string;
  /** Files to bring with their texts, as paths from the root of the codex. */
  readonly documents: readonly string[];
}

/** A run's requests about the codex. Every failure is one sentence that names codex and token. */
export interface CodexApi {
  /** Says what the run is going to ask, so that GitHub can answer it at once. */
  readonly ask: (question: CodexQuestion) => void;
  readonly readRepository: () => Promise<CodexRepository>;
  readonly readDefaultFile: (path: string) => Promise<string | undefined>;
  readonly readBranch: (branch: BranchName) => Promise<BranchTip | undefined>;
  readonly readCommit: (id: string) => Promise<BranchTip | undefined>;
  readonly isEmpty: () => Promise<boolean>;
  /** Returns GitHub's message when the branch was not created, for example because another run was faster. */
  readonly tryCreateBranch: (branch: BranchName, commit: string) => Promise<string | undefined>;
  /** A branch that prevents this one in git: a part of its path, or one below it. */
  readonly findClash: (branch: BranchName) => Promise<string | undefined>;
  /** The last deletion of a branch, and its commit then; `undefined` also without an answer. */
  readonly tryDeletion: (branch: BranchName) => Promise<BranchDeletion | undefined>;
  /** @throws CodexSyncError `no-permission` when the server refuses, after a push that git could not explain */
  readonly checkPush: () => Promise<void>;
  /** Does the same after a failed fetch. */
  readonly checkFetch: () => Promise<void>;
  readonly contains: (commit: string, ancestor: string) => Promise<boolean>;
  /** The relation of `other` to `commit` in any repository that the codex credentials may see. */
  readonly tryRelation: (repository: string, commit: string, other: string) => Promise<Relation | undefined>;
  /** The last commits that touched a path, newest first, beginning at `from`. */
  readonly listCommits: (path: string, from: string) => Promise<BranchTip[]>;
  readonly tryFolder: (path: string, commit: string) => Promise<FoundFolder | undefined>;
  readonly tryTree: (id: TreeId) => Promise<readonly FolderEntry[] | undefined>;
  readonly readText: (blob: BlobId) => Promise<string>;
  /** A text that came with the answer to `ask`; never asks by itself. */
  readonly tryHeldText: (blob: BlobId) => Promise<string | undefined>;
  /** A regular file at a path of a commit that came with the answer to `ask`; never asks by itself. */
  readonly tryHeldFile: (path: string, commit: string) => Promise<Document | undefined>;
  /** A folder, or that there is none, by the answer to `ask`; `undefined` if it does not tell. Never asks by itself. */
  readonly tryHeldFolder: (path: string, commit: string) => Promise<HeldFolder | undefined>;
  /** Any repository, as the codex credentials see it; `undefined` without an answer. */
  readonly findRepository: (fullName: string) => Promise<RepositoryAnswer>;
}

/** @throws CodexSyncError `remote-refused` when the codex is archived or disabled */
export function checkOpen({
  fullName,
  archived,
  disabled,
}: Pick<CodexRepository, 'fullName' | 'archived' | 'disabled'>): void {
  if (archived) {
    throw new CodexSyncError(
      'remote-refused',
      `The codex ${fullName} is archived, so nothing can be published to it.`,
      'Unarchive it, or name another one.',
    );
  }
  if (disabled) {
    throw new CodexSyncError(
      'remote-refused',
      `GitHub has disabled the codex ${fullName}, so nothing can be published to it.`,
      'Ask its owner to look at the page of the repository and at the plan, or name another one.',
    );
  }
}

/** @param tryService asks the server whether the run may fetch or push; `undefined` without an answer */
export function createCodexApi(
  client: Client,
  asked: Asked,
  askService: (service: GitService) => Promise<ServiceAnswer>,
): CodexApi {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const named = { owner, repo };
  const fail = (error: unknown) => failRequest(error, asked);

  /** @param otherReason throws when the token is not the cause */
  async function checkService(
    service: GitService,
    refusal: string,
    otherReason: () => Promise<void> = async () => {},
  ): Promise<void> {
    const answer = await askService(service);
    if (answer.kind === 'unknown token') throw unknownToken(asked);
    if (answer.kind === 'moved') throw movedRepository(asked.repository, answer.movedTo);
    if (answer.kind !== 'refused') return;
    await otherReason();
    throw new CodexSyncError('no-permission', `The ${who(asked)} ${refusal}.`, tokenAdvice(asked));
  }

  async function readRepository(): Promise<CodexRepository> {
    const { data } = await client.rest.repos.get(named).catch(fail);
    return {
      fullName: data.full_name,
      defaultBranch: branchName(data.default_branch),
      archived: data.archived,
      disabled: data.disabled ?? false,
      visibility: visibilityOf(data),
      mayPush: tristate(data.permissions?.push),
    };
  }

  /** After a refused write: the codex may have been archived during the run. */
  const checkStillOpen = async () => checkOpen(await readRepository());

  return {
    ask() {},
    readRepository,

    async readDefaultFile(path) {
      // Without a ref: the default branch is not known yet.
      const question = { ...named, path, mediaType: { format: 'raw' } };
      const answer = await client.rest.repos.getContent(question).catch(unlessMissing(asked));
      const text: unknown = answer?.data;
      if (text === undefined || typeof text === 'string') return text;
      if (text instanceof ArrayBuffer) return Buffer.from(text).toString('utf8');
      throw new CodexSyncError(
        'bad-config',
        `${path} of ${asked.repository} is not a file.`,
        'Replace it by a configuration, or remove it.',
      );
    },

    async readBranch(branch) {
      const body = await readBranchBody(client, asked, branch);
      return body && { commit: commitId(body.commit.sha), tree: treeId(body.commit.commit.tree.sha) };
    },

    async readCommit(id) {
      const answer = await client.rest.git.getCommit({ ...named, commit_sha: id }).catch(unlessMissing(asked));
      return answer && { commit: commitId(answer.data.sha), tree: treeId(answer.data.tree.sha) };
    },

    async isEmpty() {
      const { data } = await client.rest.repos.listBranches({ ...named, per_page: 1 }).catch(fail);
      return data.length === 0;
    },

    async tryCreateBranch(branch, commit) {
      try {
        await client.rest.git.createRef({ ...named, ref: `refs/heads/${branch}`, sha: commit });
        return undefined;
      } catch (error) {
        if (hasStatus(error, 422)) return answerMessage(error);
        if (hasStatus(error, 403)) await checkStillOpen();
        return fail(error);
      }
    },

    async checkPush() {
      await checkService('git-receive-pack', `may read ${asked.repository}, but not push to it`, checkStillOpen);
    },
    async findClash(branch) {
      const parts = branch.split('/');
      for (let length = 1; length < parts.length; length++) {
        const above = parts.slice(0, length).join('/');
        if (await readBranchBody(client, asked, branchName(above))) return above;
      }
      const below = { ...named, ref: `heads/${branch}/`, per_page: 1 };
      const { data } = await client.rest.git.listMatchingRefs(below).catch(fail);
      return data[0]?.ref.replace(/^refs\/heads\//, '');
    },

    async tryDeletion(branch) {
      const question = {
        ...named,
        ref: `refs/heads/${branch}`,
        activity_type: 'branch_deletion',
        per_page: 1,
      } as const;
      // No retry: nothing depends on the answer.
      const once = { request: { retries: 0 } };
      const answer = await client.rest.repos.listActivities({ ...question, ...once }).catch(() => undefined);
      const [last] = answer?.data ?? [];
      return last && OBJECT_ID.test(last.before) ? { time: last.timestamp, commit: last.before } : undefined;
    },

    checkFetch: () => checkService('git-upload-pack', `may not fetch from ${asked.repository}`),

    async contains(commit, ancestor) {
      const question = { ...named, basehead: `${ancestor}...${commit}`, per_page: 1, page: 2 };
      const answer = await client.rest.repos.compareCommitsWithBasehead(question).catch(unlessMissing(asked));
      return answer?.data.status === 'ahead' || answer?.data.status === 'identical';
    },

    async listCommits(path, from) {
      const asked = { ...named, sha: from, path, per_page: 20 };
      const { data } = await client.rest.repos.listCommits(asked).catch(fail);
      return data.map(({ sha, commit }) => ({ commit: commitId(sha), tree: treeId(commit.tree.sha) }));
    },

    async findRepository(fullName) {
      const [owner = '', repo = ''] = fullName.split('/');
      try {
        const { data } = await client.rest.repos.get({ owner, repo });
        return { kind: 'found', fullName: data.full_name, archived: data.archived, visibility: visibilityOf(data) };
      } catch (error) {
        // An App's token covers the codex alone, so a 404 for another private repository proves nothing.
        return { kind: hasStatus(error, 404) && !isApp(asked) ? 'not-found' : 'unknown' };
      }
    },

    tryRelation: (repository, commit, other) => compareCommits(client, repository, commit, other),
    tryFolder: (path, commit) => tryFolder(client, asked, path, commit),
    tryTree: (id) => tryTree(client, asked, id),
    readText: (blob) => readBlobText(client, asked, blob),
    tryHeldText: async () => undefined,
    tryHeldFile: async () => undefined,
    tryHeldFolder: async () => undefined,
  };
}

/** `undefined` without a branch of this exact name; fails like `failRequest`. */
export async function readBranchBody(client: Client, asked: Asked, branch: BranchName) {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const answer = await client.rest.repos.getBranch({ owner, repo, branch }).catch(unlessMissing(asked));
  // GitHub redirects the old name of a renamed branch to the new one, which may be another environment's.
  return answer?.data.name === branch ? answer.data : undefined;
}

export interface FoundFolder {
  readonly tree: TreeId;
  /** Name -> blob id of its files, from its first thousand entries. */
  readonly files: ReadonlyMap<string, BlobId>;
}

/** Without `found` there is no folder. */
export interface HeldFolder {
  readonly found: FoundFolder | undefined;
}

/** GitHub's `content-tree`, which Octokit's types omit. */
interface ContentTree {
  readonly path: string;
  readonly sha: string;
  readonly entries: readonly { readonly type: string; readonly name: string; readonly sha: string }[];
}

export interface FolderEntry {
  readonly mode: string;
  readonly type: string;
  readonly id: string;
  readonly path: string;
}

/** Finds a folder with one request (git needs all trees on the way); `undefined` when GitHub shows none. */
async function tryFolder(client: Client, asked: Asked, path: string, commit: string): Promise<FoundFolder | undefined> {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const question = { owner, repo, path, ref: commit, mediaType: { format: 'object' } };
  const answer = await client.rest.repos.getContent(question).catch(unlessMissing(asked));
  const folder = answer?.data as Partial<ContentTree> | undefined;
  // Another path: GitHub followed a link. No entries: a file.
  if (folder?.path !== path || folder.sha === undefined || !Array.isArray(folder.entries)) return undefined;
  const files = folder.entries.filter(({ type }) => type === 'file');
  return { tree: treeId(folder.sha), files: new Map(files.map(({ name, sha }) => [name, blobId(sha)])) };
}

/** Lists one level of a tree. GitHub changes names that are not UTF-8, and truncates vast trees. */
async function tryTree(client: Client, asked: Asked, id: TreeId): Promise<FolderEntry[] | undefined> {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const answer = await client.rest.git.getTree({ owner, repo, tree_sha: id }).catch(unlessMissing(asked));
  return answer?.data.tree.map(({ mode, type, sha, path }) => ({ mode, type, id: sha, path }));
}

/** Reads a blob's text with one request (git needs two); throws when the answer is another blob. */
export async function readBlobText(client: Client, asked: Asked, blob: BlobId): Promise<string> {
  // Raw: a list of blob ids then takes half the bytes, because base64 compresses badly.
  const text = await getBlob(client, asked, blob, 'raw');
  if (typeof text === 'string' && hashBlob(Buffer.from(text)) === blob) return text;
  // GitHub changes a text that is not UTF-8.
  const { content } = (await getBlob(client, asked, blob, 'json')) as { content: string };
  const bytes = Buffer.from(content, 'base64');
  if (hashBlob(bytes) === blob) return bytes.toString('utf8');
  throw new CodexSyncError(
    'remote-failed',
    `GitHub returned content other than that of blob ${blob} of ${asked.repository}.`,
    'Run it again later.',
  );
}

async function getBlob(client: Client, { repository, ...asked }: Asked, blob: BlobId, format: 'raw' | 'json') {
  const [owner = '', repo = ''] = repository.split('/');
  const { data } = await client.rest.git
    .getBlob({ owner, repo, file_sha: blob, mediaType: { format } })
    .catch((error: unknown) => failRequest(error, { repository, ...asked }));
  return data as unknown;
}
