import type { Relation } from '../codex/commit-order.ts';
import { VISIBILITIES, type Visibility } from '../inputs/trigger.ts';
import { askOnce, type BranchName, branchName, type Tristate, tristate } from '../text/ids.ts';
import { sameRepository } from '../text/names.ts';
import { type Client, ITEMS, PAGE_SIZE, readPages } from './client.ts';
import { hasStatus } from './failures.ts';

export interface ActionsCacheEntry {
  readonly key: string;
  /** The branch or pull request that saved it. */
  readonly ref: string;
  /** Bytes. */
  readonly size: number;
  /** UTC. */
  readonly createdAt: string;
}

export interface PullState {
  readonly open: boolean;
  readonly merged: boolean;
  /** Merged or not; empty while it is open. */
  readonly closedAt: string;
  readonly headCommit: string;
  readonly mergeCommit: string | undefined;
  readonly baseBranch: BranchName;
  /** `undefined` when the branch is not in this repository. */
  readonly headBranch: BranchName | undefined;
  /** `owner/name`; `undefined` when the fork is gone. */
  readonly headRepository: string | undefined;
}

/** A branch of this exact name; `unknown` when GitHub did not answer. */
type BranchAnswer =
  | { readonly kind: 'found'; readonly commit: string; readonly isProtected: boolean }
  | { readonly kind: 'not-found' | 'unknown' };

interface ChangesSince {
  readonly mergeBase: string;
  /** Paths from the repository's root, both of a rename; `undefined` above GitHub's limit. */
  readonly paths: readonly string[] | undefined;
}

interface OpenPull {
  readonly number: number;
  readonly headCommit: string;
  readonly headRepository: string | undefined;
  readonly baseBranch: BranchName;
  readonly baseCommit: string;
}

interface ProjectRepository {
  /** GitHub's spelling. */
  readonly fullName: string;
  readonly defaultBranch: BranchName;
  readonly visibility: Visibility;
}

/** Path -> text of a commit's files; `undefined` for binary content, or more than GitHub shows. */
export type FileTexts = ReadonlyMap<string, string | undefined>;

export interface RepositoryFiles {
  /** Empty in a repository without commits. */
  readonly defaultBranch: BranchName;
  readonly onDefaultBranch: FileTexts;
  /** By commit; without commits that the repository lacks. */
  readonly at: ReadonlyMap<string, FileTexts>;
}

/** Requests about the project's own repository. `undefined` means that GitHub gave no answer. */
export interface ProjectApi {
  readonly tryRepository: () => Promise<ProjectRepository | undefined>;
  readonly tryVisibility: () => Promise<Visibility | undefined>;
  readonly tryRelation: (commit: string, other: string) => Promise<Relation | undefined>;
  /** Committer date, UTC. */
  readonly tryCommitDate: (commit: string) => Promise<string | undefined>;
  readonly hasBranch: (branch: BranchName) => Promise<Tristate>;
  readonly hasCommit: (commit: string) => Promise<Tristate>;
  /** A branch's commit and protection; `none` without such a branch. Requested once. */
  readonly findBranch: (branch: BranchName) => Promise<BranchAnswer>;
  /** Changes of `head` since its merge base with `base`. */
  readonly tryChangesSince: (base: string, head: string) => Promise<ChangesSince | undefined>;
  /** Open pull requests from a branch of this repository. */
  readonly tryOpenPulls: (branch: BranchName) => Promise<readonly OpenPull[] | undefined>;
  readonly tryPull: (number: number) => Promise<PullState | undefined>;
  /** The hundred most recently updated pull requests, by number. */
  readonly tryRecentPulls: () => Promise<ReadonlyMap<number, PullState> | undefined>;
  /** Files of the default branch's tip and of `commits` (full ids), in one request. */
  readonly tryFiles: (commits: readonly string[], paths: readonly string[]) => Promise<RepositoryFiles | undefined>;
  /** Paths that a pull request changes, both of a rename; `undefined` also above `limit`. Requested once. */
  readonly tryPullFiles: (number: number, limit: number) => Promise<string[] | undefined>;
  /**
   * Updates our own comment that starts with `marker`, or creates it if `begins`; `false` when GitHub refuses. Skips
   * another author's comment with that start: anyone with write access could overwrite it.
   */
  readonly trySaveComment: (number: number, marker: string, body: string, begins: boolean) => Promise<boolean>;
  /** Actions cache entries by the prefix of their keys, newest first; a private repository needs `actions: read`. */
  readonly tryCaches: (prefix: string) => Promise<ActionsCacheEntry[] | undefined>;
}

/** More comments than GitHub allows. */
const COMMENTS = { name: 'comments', item: ITEMS.comment, maxPages: 50 };
const CACHES = { name: 'caches', item: ITEMS.cache, maxPages: 100 };

/** GitHub's limit of changed files in a comparison. */
const MAX_COMPARED = 300;

/**
 * @param client `undefined` without a project token: then every answer is `undefined`
 * @param token the client's token, if one serves the whole run
 */
export function createProjectApi(client: Client | undefined, repository: string | undefined, token = ''): ProjectApi {
  const [owner = '', repo = ''] = repository?.split('/') ?? [];
  const findBranch = askOnce(String, async (branch: BranchName): Promise<BranchAnswer> => {
    if (!client) return { kind: 'unknown' };
    return client.rest.repos.getBranch({ owner, repo, branch }).then(
      // GitHub redirects the old name of a renamed branch to the new one.
      ({ data }) =>
        data.name === branch
          ? { kind: 'found', commit: data.commit.sha, isProtected: data.protected }
          : { kind: 'not-found' },
      (error: unknown) => ({ kind: hasStatus(error, 404) ? 'not-found' : 'unknown' }),
    );
  });

  const byNumber = (number: number, limit: number) => `${number} ${limit}`;
  const tryPullFiles = askOnce(byNumber, async (number, limit): Promise<string[] | undefined> => {
    const paths: string[] = [];
    for (let page = 1; page <= Math.ceil(limit / PAGE_SIZE); page++) {
      const asked = { owner, repo, pull_number: number, per_page: PAGE_SIZE, page };
      const answer = await client?.rest.pulls.listFiles(asked).catch(() => undefined);
      if (!answer) return undefined;
      for (const { filename, previous_filename: before } of answer.data) {
        paths.push(filename, ...(before === undefined ? [] : [before]));
      }
      if (!answer.headers.link?.includes('rel="next"')) return paths;
    }
    return undefined;
  });

  const tryBody = async () => (await client?.rest.repos.get({ owner, repo }).catch(() => undefined))?.data;
  return {
    async tryRepository() {
      const body = await tryBody();
      if (!body) return undefined;
      const defaultBranch = branchName(body.default_branch);
      return { fullName: body.full_name, defaultBranch, visibility: visibilityOf(body) };
    },

    async tryVisibility() {
      const body = await tryBody();
      return VISIBILITIES.find((known) => known === body?.visibility);
    },

    async tryRelation(commit, other) {
      return client && compareCommits(client, `${owner}/${repo}`, commit, other);
    },

    async tryCommitDate(commit) {
      const answer = await client?.rest.git.getCommit({ owner, repo, commit_sha: commit }).catch(() => undefined);
      return answer?.data.committer.date;
    },

    async hasBranch(branch) {
      if (!client) return 'unknown';
      return client.rest.repos.getBranch({ owner, repo, branch }).then(
        ({ data }) => tristate(data.name === branch),
        (error: unknown) => (hasStatus(error, 404) ? 'no' : 'unknown'),
      );
    },

    async hasCommit(commit) {
      if (!client) return 'unknown';
      return client.rest.git.getCommit({ owner, repo, commit_sha: commit }).then(
        ({ data }) => tristate(data.sha === commit),
        (error: unknown) => (hasStatus(error, 404) || hasStatus(error, 422) ? 'no' : 'unknown'),
      );
    },

    findBranch,

    async tryChangesSince(base, head) {
      const basehead = `${base}...${head}`;
      const asked = { owner, repo, basehead, per_page: 1 };
      const answer = await client?.rest.repos.compareCommitsWithBasehead(asked).catch(() => undefined);
      if (!answer) return undefined;
      const { files = [], merge_base_commit: mergeBase } = answer.data;
      const paths = files.flatMap(({ filename, previous_filename: before }) => [filename, ...(before ? [before] : [])]);
      return { mergeBase: mergeBase.sha, paths: files.length < MAX_COMPARED ? paths : undefined };
    },

    async tryOpenPulls(branch) {
      const asked = { owner, repo, state: 'open', head: `${owner}:${branch}`, per_page: PAGE_SIZE } as const;
      const answer = await client?.rest.pulls.list(asked).catch(() => undefined);
      return answer?.data.map(({ number, head, base }) => ({
        number,
        headCommit: head.sha,
        headRepository: head.repo?.full_name,
        baseBranch: branchName(base.ref),
        baseCommit: base.sha,
      }));
    },

    async tryPull(number) {
      const answer = await client?.rest.pulls.get({ owner, repo, pull_number: number }).catch(() => undefined);
      return answer && pullState(answer.data, repository);
    },

    async tryRecentPulls() {
      const asked = { owner, repo, state: 'all', sort: 'updated', direction: 'desc', per_page: PAGE_SIZE } as const;
      const answer = await client?.rest.pulls.list(asked).catch(() => undefined);
      return answer && new Map(answer.data.map((pull) => [pull.number, pullState(pull, repository)]));
    },

    async tryFiles(commits, paths) {
      const question = filesQuestion(commits, paths);
      const answer = await client?.graphql<FilesAnswer>(question, { owner, repo }).catch(() => undefined);
      const found = answer?.repository;
      if (!found) return undefined;
      const textsAt = (place: string): FileTexts => {
        const blobs = paths.map((path, index) => [path, found[`${place}_${index}`] as BlobAnswer | null] as const);
        const there = blobs.filter(([, blob]) => blob?.oid !== undefined);
        return new Map(there.map(([path, blob]) => [path, blob?.isTruncated ? undefined : (blob?.text ?? undefined)]));
      };
      const known = commits.flatMap((commit, index) =>
        found[`at${index}`] ? [[commit, textsAt(`at${index}`)] as const] : [],
      );
      return {
        defaultBranch: branchName(found.defaultBranchRef?.name ?? ''),
        onDefaultBranch: textsAt('tip'),
        at: new Map(known),
      };
    },

    tryPullFiles,

    async trySaveComment(number, marker, body, begins) {
      if (!client) return false;
      const named = { owner, repo };
      const asked = { ...named, issue_number: number, per_page: PAGE_SIZE };
      const pages = client.paginate.iterator(client.rest.issues.listComments, asked);
      try {
        const marked = (await readPages(pages, COMMENTS)).filter((comment) => comment.body?.startsWith(marker));
        const isOurs = await createAuthorTest(client, token, marked);
        const old = marked.find(({ user }) => isOurs(user));
        if (old) await client.rest.issues.updateComment({ ...named, comment_id: old.id, body });
        else if (begins) await client.rest.issues.createComment({ ...named, issue_number: number, body });
        return true;
      } catch {
        return false;
      }
    },

    async tryCaches(prefix) {
      if (!client) return undefined;
      const asked = { owner, repo, key: prefix, per_page: PAGE_SIZE, sort: 'created_at', direction: 'desc' } as const;
      const pages = client.paginate.iterator(client.rest.actions.getActionsCacheList, asked);
      const entries = await readPages(pages, CACHES).catch(() => undefined);
      return entries?.map((entry) => ({
        key: entry.key ?? '',
        ref: entry.ref ?? '',
        size: entry.size_in_bytes ?? 0,
        createdAt: entry.created_at ?? '',
      }));
    },
  };
}

interface BlobAnswer {
  readonly oid?: string;
  readonly text?: string | null;
  readonly isTruncated?: boolean;
}

interface FilesAnswer {
  readonly repository:
    | ({ readonly defaultBranchRef: { readonly name: string } | null } & Readonly<Record<string, unknown>>)
    | null;
}

/** One query for files of several commits: each commit, and each of its files, has an alias. */
function filesQuestion(commits: readonly string[], paths: readonly string[]): string {
  const object = (alias: string, expression: string, fields: string) =>
    `${alias}: object(expression: ${JSON.stringify(expression)}) { ${fields} }`;
  const filesAt = (alias: string, commit: string) =>
    paths.map((path, index) =>
      object(`${alias}_${index}`, `${commit}:${path}`, '... on Blob { oid text isTruncated }'),
    );
  const lines = [
    'defaultBranchRef { name target { oid } }',
    ...filesAt('tip', 'HEAD'),
    ...commits.flatMap((commit, index) => [object(`at${index}`, commit, 'oid'), ...filesAt(`at${index}`, commit)]),
  ];
  return `query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) {\n${lines.join('\n')}\n} }`;
}

interface Author {
  readonly login: string;
  readonly id: number;
}

/** The author of changes with a workflow's own token. */
const WORKFLOW_BOT = 'github-actions[bot]';
/** Prefix of the tokens of workflows and Apps; GitHub gives no more information about one. */
const INSTALLATION_TOKEN = 'ghs_';

/** Tests for our own comments. Requests the token's owner only in doubt: usually the workflow's bot wrote them. */
async function createAuthorTest(client: Client, token: string, comments: readonly { readonly user: Author | null }[]) {
  const isWorkflowBot = (user: Author | null) => user?.login === WORKFLOW_BOT;
  const none = comments.length === 0;
  if (none || (token.startsWith(INSTALLATION_TOKEN) && comments.some(({ user }) => isWorkflowBot(user))))
    return isWorkflowBot;
  // `GET /user` works for people only, this query for Apps as well.
  const { viewer } = await client.graphql<{ viewer: { login: string; databaseId: number | null } }>(
    'query { viewer { login databaseId } }',
  );
  return (user: Author | null) => user !== null && (user.login === viewer.login || user.id === viewer.databaseId);
}

interface PullBody {
  readonly state: string;
  readonly merged_at: string | null;
  readonly closed_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly head: { readonly sha: string; readonly ref: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly ref: string };
}

function pullState(pull: PullBody, repository: string | undefined): PullState {
  const merged = pull.merged_at !== null;
  const isOurs = pull.head.repo !== null && sameRepository(pull.head.repo.full_name, repository);
  return {
    open: pull.state === 'open',
    merged,
    closedAt: pull.closed_at ?? '',
    headCommit: pull.head.sha,
    mergeCommit: merged ? (pull.merge_commit_sha ?? undefined) : undefined,
    baseBranch: branchName(pull.base.ref),
    headBranch: isOurs ? branchName(pull.head.ref) : undefined,
    headRepository: pull.head.repo?.full_name,
  };
}

/** GitHub lists a hundred files at a time, and a preview may send five requests in all. */
export const MAX_LISTED_FILES = 200;

/** Older servers report only `private`. */
export function visibilityOf(body: { readonly visibility?: string; readonly private: boolean }): Visibility {
  return VISIBILITIES.find((known) => known === body.visibility) ?? (body.private ? 'private' : 'public');
}

const RELATION_OF = { ahead: 'newer', behind: 'contained', identical: 'same', diverged: 'diverged' } as const;

export async function compareCommits(
  client: Client,
  repository: string,
  commit: string,
  other: string,
): Promise<Relation | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  // Page 2 of one commit each: GitHub lists the changed files on page 1 only.
  const question = { owner, repo, basehead: `${commit}...${other}`, per_page: 1, page: 2 };
  const answer = await client.rest.repos.compareCommitsWithBasehead(question).catch(() => undefined);
  return answer && RELATION_OF[answer.data.status];
}
