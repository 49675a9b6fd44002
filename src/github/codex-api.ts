import type { Relation } from '../codex/commit-order.ts';
import { CodexSyncError } from '../errors.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { blobId } from '../text/bytes.ts';
import { OBJECT_ID } from '../text/json.ts';
import type { Client, GitService, ServiceAnswer } from './client.ts';
import {
  type Asked,
  answerMessage,
  failRequest,
  hasStatus,
  movedRepository,
  tokenAdvice,
  unknownToken,
  unlessMissing,
  who,
} from './failures.ts';
import { compareCommits, visibilityOf } from './project-api.ts';

/** Where a branch stands: its commit, and that commit's tree. */
export interface BranchTip {
  readonly commit: string;
  readonly tree: string;
}

export interface CodexRepository {
  /** As GitHub spells it. */
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly visibility: Visibility;
  readonly archived: boolean;
  /** GitHub or its owner's plan switched it off: it can be neither read by git nor written. */
  readonly disabled: boolean;
  /** Whether who asks may push there by role; the token may be allowed less. `undefined` where GitHub does not tell. */
  readonly mayPush: boolean | undefined;
}

/** The end of a branch. */
export interface BranchDeletion {
  /** UTC, as GitHub writes it. */
  readonly time: string;
  /** Its last commit. */
  readonly commit: string;
}

/** A repository, as GitHub shows it under a name. */
export interface SeenRepository {
  /** As it is called now: GitHub redirects the names that it had before. */
  readonly fullName: string;
  readonly archived: boolean;
  readonly visibility: Visibility;
}

/** What a run asks GitHub about the codex. Every failure is one sentence that names codex and token. */
export interface CodexApi {
  readonly readRepository: () => Promise<CodexRepository>;
  /** The text of a file on the default branch, whichever that is; `undefined` when there is none. */
  readonly readDefaultFile: (path: string) => Promise<string | undefined>;
  /** `undefined` when there is no such branch. */
  readonly readBranch: (branch: string) => Promise<BranchTip | undefined>;
  /** A commit of any branch; `undefined` when there is none of this id. */
  readonly readCommit: (id: string) => Promise<BranchTip | undefined>;
  readonly isEmpty: () => Promise<boolean>;
  /** Creates a branch; GitHub's words where it did not, as when another run was faster. */
  readonly tryCreateBranch: (branch: string, commit: string) => Promise<string | undefined>;
  /** A branch beside which git cannot hold this one: a part of its path, or one below it. */
  readonly findClash: (branch: string) => Promise<string | undefined>;
  /** When a branch was deleted last, and where it was then; `undefined` also where GitHub does not tell. */
  readonly tryDeletion: (branch: string) => Promise<BranchDeletion | undefined>;
  /**
   * Makes sure that the token may push: asked after a push that got no answer, since git does not tell.
   * @throws CodexSyncError `no-permission` when the server says no
   */
  readonly checkPush: () => Promise<void>;
  /** The same for fetching, asked where git could not fetch. */
  readonly checkFetch: () => Promise<void>;
  /** Whether `commit` contains `ancestor`. */
  readonly contains: (commit: string, ancestor: string) => Promise<boolean>;
  /** How `other` stands to `commit` in any repository, as far as who acts in the codex may see it. */
  readonly tryRelation: (repository: string, commit: string, other: string) => Promise<Relation | undefined>;
  /** The last commits that touched a path, newest first; `from` is where to begin. */
  readonly listCommits: (path: string, from: string) => Promise<BranchTip[]>;
  /** A folder of a commit; `undefined` where there is none, as far as GitHub tells. */
  readonly tryFolder: (path: string, commit: string) => Promise<FoundFolder | undefined>;
  readonly tryTree: (id: string) => Promise<FolderEntry[] | undefined>;
  readonly readText: (blob: string) => Promise<string>;
  /** Any repository, as who acts in the codex sees it; `undefined` when GitHub did not tell. */
  readonly tryRepository: (fullName: string) => Promise<SeenRepository | 'not-found' | undefined>;
}

/**
 * That a codex takes pushes at all.
 * @throws CodexSyncError `remote-refused` where it is archived or disabled
 */
export function checkOpen({
  fullName,
  archived,
  disabled,
}: Pick<CodexRepository, 'fullName' | 'archived' | 'disabled'>): void {
  if (archived) {
    throw new CodexSyncError(
      'remote-refused',
      `The codex ${fullName} is archived, so nobody can publish to it.`,
      'Unarchive it, or name another one.',
    );
  }
  if (disabled) {
    throw new CodexSyncError(
      'remote-refused',
      `GitHub has disabled the codex ${fullName}, so nobody can publish to it.`,
      'Ask its owner to look at the page of the repository and at the plan, or name another one.',
    );
  }
}

/** @param tryService asks the server whether the run may fetch or push; `undefined` when it did not tell */
export function createCodexApi(
  client: Client,
  asked: Asked,
  tryService: (service: GitService) => Promise<ServiceAnswer | undefined>,
): CodexApi {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const named = { owner, repo };
  const fail = (error: unknown) => failRequest(error, asked);

  /** @param otherReason throws where the token is not what is missing */
  async function checkService(
    service: GitService,
    refusal: string,
    otherReason: () => Promise<void> = async () => {},
  ): Promise<void> {
    const answer = await tryService(service);
    if (answer === 'unknown') throw unknownToken(asked);
    if (typeof answer === 'object') throw movedRepository(asked.repository, answer.movedTo);
    if (answer !== 'refused') return;
    await otherReason();
    throw new CodexSyncError('no-permission', `The ${who(asked)} ${refusal}.`, tokenAdvice(asked));
  }

  async function readRepository(): Promise<CodexRepository> {
    const { data } = await client.rest.repos.get(named).catch(fail);
    return {
      fullName: data.full_name,
      defaultBranch: data.default_branch,
      archived: data.archived,
      disabled: data.disabled ?? false,
      visibility: visibilityOf(data),
      mayPush: data.permissions?.push,
    };
  }

  /** Asked where a write was refused: a codex may have been archived since the run began. */
  const checkStillOpen = async () => checkOpen(await readRepository());

  return {
    readRepository,

    async readDefaultFile(path) {
      // Without a ref: which branch is the default one, nobody knows yet.
      const question = { ...named, path, mediaType: { format: 'raw' } };
      const answer = await client.rest.repos.getContent(question).catch(unlessMissing(asked));
      const text: unknown = answer?.data;
      if (text === undefined || typeof text === 'string') return text;
      if (text instanceof ArrayBuffer) return Buffer.from(text).toString('utf8');
      throw new CodexSyncError(
        'bad-config',
        `${path} of ${asked.repository} is no file.`,
        'Replace it by a configuration, or remove it.',
      );
    },

    async readBranch(branch) {
      const body = await readBranchBody(client, asked, branch);
      return body && { commit: body.commit.sha, tree: body.commit.commit.tree.sha };
    },

    async readCommit(id) {
      const answer = await client.rest.git.getCommit({ ...named, commit_sha: id }).catch(unlessMissing(asked));
      return answer && { commit: answer.data.sha, tree: answer.data.tree.sha };
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
        if (await readBranchBody(client, asked, above)) return above;
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
      // Nothing depends on it, so nothing waits for it.
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
      return data.map(({ sha, commit }) => ({ commit: sha, tree: commit.tree.sha }));
    },

    async tryRepository(fullName) {
      const [owner = '', repo = ''] = fullName.split('/');
      try {
        const { data } = await client.rest.repos.get({ owner, repo });
        return { fullName: data.full_name, archived: data.archived, visibility: visibilityOf(data) };
      } catch (error) {
        // An App's token is made for the codex alone: of another private repository it tells nothing.
        return hasStatus(error, 404) && asked.by !== 'app' ? 'not-found' : undefined;
      }
    },

    tryRelation: (repository, commit, other) => compareCommits(client, repository, commit, other),
    tryFolder: (path, commit) => tryFolder(client, asked, path, commit),
    tryTree: (id) => tryTree(client, asked, id),
    readText: (blob) => readBlobText(client, asked, blob),
  };
}

/**
 * A branch of the codex as GitHub shows it; `undefined` when there is none of this name.
 * @throws CodexSyncError as `failRequest` does
 */
export async function readBranchBody(client: Client, asked: Asked, branch: string) {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const answer = await client.rest.repos.getBranch({ owner, repo, branch }).catch(unlessMissing(asked));
  // GitHub redirects the old name of a renamed branch to the new one, which may be another environment's.
  return answer?.data.name === branch ? answer.data : undefined;
}

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
export interface FolderEntry {
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
export async function tryTree(client: Client, asked: Asked, id: string): Promise<FolderEntry[] | undefined> {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const answer = await client.rest.git.getTree({ owner, repo, tree_sha: id }).catch(unlessMissing(asked));
  return answer?.data.tree.map(({ mode, type, sha, path }) => ({ mode, type, id: sha, path }));
}

/**
 * The text of a blob, asked of the API: one request, where git needs two.
 * @throws CodexSyncError also when the answer is not the blob that was asked for
 */
export async function readBlobText(client: Client, asked: Asked, blob: string): Promise<string> {
  // As it is: a list of blob ids takes half the bytes then, since what is base64 hardly packs.
  const text = await getBlob(client, asked, blob, 'raw');
  if (typeof text === 'string' && blobId(Buffer.from(text)) === blob) return text;
  // What is no UTF-8 came changed.
  const { content } = (await getBlob(client, asked, blob, 'json')) as { content: string };
  const bytes = Buffer.from(content, 'base64');
  if (blobId(bytes) === blob) return bytes.toString('utf8');
  throw new CodexSyncError(
    'remote-failed',
    `GitHub answered with another content than blob ${blob} of ${asked.repository}.`,
    'Run it again later.',
  );
}

async function getBlob(client: Client, { repository, ...asked }: Asked, blob: string, format: 'raw' | 'json') {
  const [owner = '', repo = ''] = repository.split('/');
  const { data } = await client.rest.git
    .getBlob({ owner, repo, file_sha: blob, mediaType: { format } })
    .catch((error: unknown) => failRequest(error, { repository, ...asked }));
  return data as unknown;
}
