import type { Relation } from '../plan/older-run.ts';
import type { ActionsCacheEntry } from '../report/cache-list.ts';
import { VISIBILITIES, type Visibility } from '../request/trigger.ts';
import type { Client } from './client.ts';

/** What a run asks GitHub about the project's own repository. `undefined` means that GitHub did not tell. */
export interface ProjectApi {
  readonly tryVisibility: () => Promise<Visibility | undefined>;
  /** How `other` stands to `commit`. */
  readonly tryRelation: (commit: string, other: string) => Promise<Relation | undefined>;
  /** The entries of the Actions cache whose keys begin so, newest first; needs `actions: read` in a private repository. */
  readonly tryCaches: (prefix: string) => Promise<ActionsCacheEntry[] | undefined>;
}

const RELATION_OF = { ahead: 'newer', behind: 'contained', identical: 'same', diverged: 'diverged' } as const;

/** @param client `undefined` without a project token: then nothing is known */
export function createProjectApi(client: Client | undefined, repository: string): ProjectApi {
  const [owner = '', repo = ''] = repository.split('/');
  return {
    async tryVisibility() {
      const answer = await client?.rest.repos.get({ owner, repo }).catch(() => undefined);
      if (!answer) return undefined;
      return VISIBILITIES.find((known) => known === answer.data.visibility);
    },

    async tryRelation(commit, other) {
      // The second page of one commit a page: GitHub lists the changed files on the first page only.
      const basehead = `${commit}...${other}`;
      const answer = await client?.rest.repos
        .compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1, page: 2 })
        .catch(() => undefined);
      return answer && RELATION_OF[answer.data.status];
    },

    async tryCaches(prefix) {
      const asked = { owner, repo, key: prefix, per_page: 100, sort: 'created_at', direction: 'desc' } as const;
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
