import { CodexSyncError } from '../errors.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { type BlobId, type BranchName, branchName, commitId, treeId } from '../text/ids.ts';
import { sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { theInput } from '../text/spell-inputs.ts';
import { type Client, ITEMS, PAGE_SIZE, readPages } from './client.ts';
import { readBlobText } from './codex-api.ts';
import { type Asked, failRequest, hasStatus, leavesOut } from './failures.ts';
import {
  askTogether,
  type OrganizationAnswer,
  type OrganizationQuestion,
  type RepositoryTip,
} from './organization-question.ts';
import { visibilityOf } from './project-api.ts';

export interface ListedRepository {
  /** `owner/name` */
  readonly fullName: string;
  readonly name: string;
  readonly archived: boolean;
  readonly disabled: boolean;
  readonly fork: boolean;
  readonly defaultBranch: BranchName;
  readonly visibility: Visibility;
}

/** Requests about the repositories of an organization. Every error is one sentence. */
export interface OrganizationApi {
  readonly viewer: Viewer;
  /** Whether GitHub omitted repositories because their organization requires single sign-on for the token. */
  readonly leftOut: () => boolean;
  readonly listRepositories: () => Promise<ListedRepository[]>;
  readonly readVisibility: (repository: string) => Promise<Visibility>;
  /** `undefined` in a repository without commits. */
  readonly readBranch: (repository: string, branch: BranchName) => Promise<RepositoryTip | undefined>;
  readonly readLatestRelease: (repository: string) => Promise<string | undefined>;
  readonly readTag: (repository: string, tag: string) => Promise<RepositoryTip>;
  readonly readText: (repository: string, blob: BlobId) => Promise<string>;
  /** Asks about several repositories and the codex at once. An answer without them is no failure: each can be read alone. */
  readonly askTogether: (question: OrganizationQuestion) => Promise<OrganizationAnswer>;
}

/** An installation sees its granted repositories, a person all allowed ones, a workflow its own and public ones. */
export type Viewer = 'installation' | 'person' | 'workflow';

const REPOSITORIES = { item: ITEMS.repository, maxPages: 1000 };

export function createOrganizationApi(
  client: Client,
  organization: string,
  viewer: Viewer,
  by: Asked['by'],
): OrganizationApi {
  const named = (repository: string) => {
    const [owner = '', repo = ''] = repository.split('/');
    return { owner, repo };
  };
  const askedFor = (repository: string) => ({ repository, by, access: 'read' as const });
  const failFor = (repository: string) => (error: unknown) => failRequest(error, askedFor(repository));

  async function listAll(): Promise<ListedBody[]> {
    const page = { per_page: PAGE_SIZE };
    const { iterator } = client.paginate;
    const list = { ...REPOSITORIES, name: `the repositories of ${organization}` };
    if (viewer === 'installation') {
      const all = await readPages(iterator(client.rest.apps.listReposAccessibleToInstallation, page), list);
      // The answer covers one account, but the installation may be of another one than requested.
      return all.filter(({ owner }) => sameRepository(owner.login, organization));
    }
    const { data: account } = await client.rest.users.getByUsername({ username: organization });
    if (account.type !== 'User') {
      const asked = { ...page, org: organization, type: 'all', sort: 'full_name' } as const;
      return readPages(iterator(client.rest.repos.listForOrg, asked), list);
    }
    const me = await client.rest.users.getAuthenticated().catch((error: unknown) => {
      // An installation is no user; any other failure must not look like one.
      if ([401, 403, 404].some((status) => hasStatus(error, status))) return undefined;
      throw error;
    });
    if (!me || !sameRepository(me.data.login, organization)) {
      const asked = { ...page, username: organization, type: 'owner' } as const;
      return readPages(iterator(client.rest.repos.listForUser, asked), list);
    }
    return readPages(iterator(client.rest.repos.listForAuthenticatedUser, { ...page, affiliation: 'owner' }), list);
  }

  /** After a 404, because the repository may be gone. */
  const readAgain = (repository: string) => client.rest.repos.get(named(repository)).catch(failFor(repository));

  let leftOut = false;
  client.hook.after('request', ({ headers }) => {
    leftOut ||= leavesOut(headers);
  });

  return {
    viewer,
    leftOut: () => leftOut,

    async listRepositories() {
      const all = await listAll().catch((error: unknown) => {
        if (!hasStatus(error, 404)) return failFor(`the repositories of ${organization}`)(error);
        throw new CodexSyncError(
          'not-found',
          `GitHub has no organization or user "${organization}" (404).`,
          `Correct ${theInput('organization')}.`,
        );
      });
      return all.map(listedRepository);
    },

    async readVisibility(repository) {
      return visibilityOf((await readAgain(repository)).data);
    },

    async readBranch(repository, branch) {
      const asked = named(repository);
      const answer = await client.rest.repos.getBranch({ ...asked, branch }).catch(async (error: unknown) => {
        if (!hasStatus(error, 404)) return failFor(repository)(error);
        // GitHub gives the same answer for a repository without commits and for a deleted one.
        const { data } = await readAgain(repository);
        if (data.default_branch === branch) return undefined;
        throw renamed(repository);
      });
      // GitHub redirects the old name of a renamed branch to the new one.
      if (answer && answer.data.name !== branch) throw renamed(repository);
      return answer && tipOf(answer.data.commit);
    },

    async readLatestRelease(repository) {
      const answer = await client.rest.repos.getLatestRelease(named(repository)).catch(async (error: unknown) => {
        if (!hasStatus(error, 404)) return failFor(repository)(error);
        await readAgain(repository);
        return undefined;
      });
      return answer?.data.tag_name;
    },

    async readTag(repository, tag) {
      // Page 2 of one file each: the changed files are on page 1.
      const asked = { ...named(repository), ref: `tags/${tag}`, per_page: 1, page: 2 };
      const { data } = await client.rest.repos.getCommit(asked).catch((error: unknown) => {
        if (!hasStatus(error, 404) && !hasStatus(error, 422)) return failFor(repository)(error);
        throw new CodexSyncError(
          'not-found',
          `The latest release of ${repository} is of tag "${printable(tag)}", and there is no such tag.`,
          'Push it, or make another release.',
        );
      });
      return tipOf(data);
    },

    readText: (repository, blob) => readBlobText(client, askedFor(repository), blob),
    askTogether: (question) => askTogether(client, question),
  };
}

/** Common fields of the lists; some omit others. */
interface ListedBody {
  readonly full_name: string;
  readonly name: string;
  readonly private: boolean;
  readonly fork: boolean;
  readonly archived?: boolean;
  readonly disabled?: boolean;
  readonly default_branch?: string;
  readonly visibility?: string;
}

function listedRepository(body: ListedBody): ListedRepository {
  return {
    fullName: body.full_name,
    name: body.name,
    archived: body.archived ?? false,
    disabled: body.disabled ?? false,
    fork: body.fork,
    defaultBranch: branchName(body.default_branch ?? 'main'),
    visibility: visibilityOf(body),
  };
}

function renamed(repository: string): CodexSyncError {
  return new CodexSyncError(
    'not-found',
    `The default branch of ${repository} was renamed while this ran.`,
    'Run it again.',
  );
}

interface CommitBody {
  readonly sha: string;
  readonly commit: {
    readonly tree: { readonly sha: string };
    readonly committer: { readonly date?: string | undefined } | null;
  };
}

function tipOf({ sha, commit }: CommitBody): RepositoryTip {
  return { commit: commitId(sha), tree: treeId(commit.tree.sha), date: commit.committer?.date };
}
