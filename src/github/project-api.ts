import type { Relation } from '../plan/older-run.ts';
import type { ActionsCacheEntry } from '../report/cache-list.ts';
import { sameRepository } from '../request/names.ts';
import { VISIBILITIES, type Visibility } from '../request/trigger.ts';
import type { Client } from './client.ts';
import { hasStatus } from './failures.ts';
import { visibilityOf } from './visibility.ts';

/** A pull request, as far as its preview goes. */
export interface PullState {
  readonly open: boolean;
  readonly merged: boolean;
  /** When it was closed, merged or not; empty while it is open. */
  readonly closedAt: string;
  readonly headCommit: string;
  /** What a merge made of it. */
  readonly mergeCommit: string | undefined;
  /** Name of the branch that it goes into. */
  readonly baseBranch: string;
  /** Name of the branch that it comes from; `undefined` where that is not one of this repository. */
  readonly headBranch: string | undefined;
}

/** The project's own repository. */
export interface ProjectRepository {
  /** As GitHub spells it. */
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly visibility: Visibility;
}

/** What a run asks GitHub about the project's own repository. `undefined` means that GitHub did not tell. */
export interface ProjectApi {
  readonly tryRepository: () => Promise<ProjectRepository | undefined>;
  readonly tryVisibility: () => Promise<Visibility | undefined>;
  /** How `other` stands to `commit`. */
  readonly tryRelation: (commit: string, other: string) => Promise<Relation | undefined>;
  /** Committer date, UTC. */
  readonly tryCommitDate: (commit: string) => Promise<string | undefined>;
  readonly tryHasBranch: (branch: string) => Promise<boolean | undefined>;
  readonly tryPull: (number: number) => Promise<PullState | undefined>;
  /** The hundred pull requests that moved last, by number. */
  readonly tryRecentPulls: () => Promise<ReadonlyMap<number, PullState> | undefined>;
  /** Paths that a pull request changes, both of a rename; `undefined` also where there are more than `most`. */
  readonly tryPullFiles: (number: number, most: number) => Promise<string[] | undefined>;
  /**
   * Updates the one comment that starts with `marker`, or writes it, where it may begin one; `false` where GitHub does not
   * let it.
   */
  readonly trySaveComment: (number: number, marker: string, body: string, begins: boolean) => Promise<boolean>;
  /** The entries of the Actions cache whose keys begin so, newest first; needs `actions: read` in a private repository. */
  readonly tryCaches: (prefix: string) => Promise<ActionsCacheEntry[] | undefined>;
}

/** As many as GitHub gives at a time. */
const PAGE = 100;

const RELATION_OF = { ahead: 'newer', behind: 'contained', identical: 'same', diverged: 'diverged' } as const;

/** @param client `undefined` without a project token: then nothing is known */
export function createProjectApi(client: Client | undefined, repository: string): ProjectApi {
  const [owner = '', repo = ''] = repository.split('/');
  const tryBody = async () => (await client?.rest.repos.get({ owner, repo }).catch(() => undefined))?.data;
  return {
    async tryRepository() {
      const body = await tryBody();
      return body && { fullName: body.full_name, defaultBranch: body.default_branch, visibility: visibilityOf(body) };
    },

    async tryVisibility() {
      const body = await tryBody();
      return VISIBILITIES.find((known) => known === body?.visibility);
    },

    async tryRelation(commit, other) {
      // The second page of one commit a page: GitHub lists the changed files on the first page only.
      const basehead = `${commit}...${other}`;
      const answer = await client?.rest.repos
        .compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1, page: 2 })
        .catch(() => undefined);
      return answer && RELATION_OF[answer.data.status];
    },

    async tryCommitDate(commit) {
      const answer = await client?.rest.git.getCommit({ owner, repo, commit_sha: commit }).catch(() => undefined);
      return answer?.data.committer.date;
    },

    async tryHasBranch(branch) {
      return client?.rest.repos.getBranch({ owner, repo, branch }).then(
        ({ data }) => data.name === branch,
        (error: unknown) => (hasStatus(error, 404) ? false : undefined),
      );
    },

    async tryPull(number) {
      const answer = await client?.rest.pulls.get({ owner, repo, pull_number: number }).catch(() => undefined);
      return answer && pullState(answer.data, repository);
    },

    async tryRecentPulls() {
      const asked = { owner, repo, state: 'all', sort: 'updated', direction: 'desc', per_page: PAGE } as const;
      const answer = await client?.rest.pulls.list(asked).catch(() => undefined);
      return answer && new Map(answer.data.map((pull) => [pull.number, pullState(pull, repository)]));
    },

    async tryPullFiles(number, most) {
      const paths: string[] = [];
      for (let page = 1; page <= Math.ceil(most / PAGE); page++) {
        const asked = { owner, repo, pull_number: number, per_page: PAGE, page };
        const answer = await client?.rest.pulls.listFiles(asked).catch(() => undefined);
        if (!answer) return undefined;
        for (const { filename, previous_filename: before } of answer.data) {
          paths.push(filename, ...(before === undefined ? [] : [before]));
        }
        if (!answer.headers.link?.includes('rel="next"')) return paths;
      }
      return undefined;
    },

    async trySaveComment(number, marker, body, begins) {
      const named = { owner, repo };
      const asked = { ...named, issue_number: number, per_page: PAGE };
      const comments = await client?.paginate(client.rest.issues.listComments, asked).catch(() => undefined);
      if (!client || !comments) return false;
      const old = comments.find((comment) => comment.body?.startsWith(marker));
      if (!old && !begins) return true;
      const saved = old
        ? client.rest.issues.updateComment({ ...named, comment_id: old.id, body })
        : client.rest.issues.createComment({ ...named, issue_number: number, body });
      return saved.then(
        () => true,
        () => false,
      );
    },

    async tryCaches(prefix) {
      const asked = { owner, repo, key: prefix, per_page: PAGE, sort: 'created_at', direction: 'desc' } as const;
      const entries = await client?.paginate(client.rest.actions.getActionsCacheList, asked).catch(() => undefined);
      return entries?.map((entry) => ({
        key: entry.key ?? '',
        ref: entry.ref ?? '',
        size: entry.size_in_bytes ?? 0,
        createdAt: entry.created_at ?? '',
      }));
    },
  };
}

interface PullBody {
  readonly state: string;
  readonly merged_at: string | null;
  readonly closed_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly head: { readonly sha: string; readonly ref: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly ref: string };
}

function pullState(pull: PullBody, repository: string): PullState {
  const merged = pull.merged_at !== null;
  const isOurs = pull.head.repo !== null && sameRepository(pull.head.repo.full_name, repository);
  return {
    open: pull.state === 'open',
    merged,
    closedAt: pull.closed_at ?? '',
    headCommit: pull.head.sha,
    mergeCommit: merged ? (pull.merge_commit_sha ?? undefined) : undefined,
    baseBranch: pull.base.ref,
    headBranch: isOurs ? pull.head.ref : undefined,
  };
}
