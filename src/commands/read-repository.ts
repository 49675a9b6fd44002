import { CodexSyncError } from '../errors.ts';
import type { History } from '../git/checkout.ts';
import { readSnapshot, selectSnapshot } from '../git/snapshot.ts';
import type { CodexRepository } from '../github/codex-api.ts';
import type { OrganizationApi, SourceTip } from '../github/organization-api.ts';
import type { RunCommit } from '../plan/older-run.ts';
import type { ListedRepository, SkipReason } from '../plan/organization.ts';
import { type CheckoutListing, isRegular } from '../plan/selection.ts';
import { CONFIG_FILES, configSection } from '../project/find-config.ts';
import { type ParsedConfig, parseConfig } from '../request/config.ts';
import { checkVisibility } from '../request/guards.ts';
import { projectRequest, type SyncOrgRequest } from '../request/sync-org.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import { createDrafter, type Draft } from './draft.ts';
import { checkMatchingTime } from './matching-time.ts';
import type { BatchWorld } from './organization-world.ts';
import type { Published } from './read-published.ts';

/** A repository of which everything is known but what stands in the codex. */
export interface ReadRepository {
  readonly name: string;
  readonly request: SyncProjectRequest;
  readonly run: RunCommit;
  readonly draft: (stands: Published) => Promise<Draft>;
  /** What is wrong with its configuration. */
  readonly warnings: readonly string[];
}

/**
 * Reads what a repository publishes, without a checkout: its trees, its configuration, and where links lead. Documents are
 * fetched by the draft, all in one request, and only those that the codex does not have already.
 * @returns a reason where it publishes nothing, and rightly so
 * @throws CodexSyncError when something is wrong with this repository
 */
export async function readRepository(
  listed: ListedRepository,
  request: SyncOrgRequest,
  codex: CodexRepository,
  world: BatchWorld,
): Promise<ReadRepository | SkipReason> {
  checkVisibility(listed.visibility, codex.visibility, request.allowPublic);
  const source = await readSource(listed, request, world.organizationApi);
  if (typeof source === 'string') return source;
  const { tip, ref } = source;
  const { fullName: repository, name, defaultBranch, visibility } = listed;
  const opened = await world.openRepository(repository);
  const listing = await readSnapshot(opened.store, opened.project, tip.tree);
  const own = await readOwnConfig(repository, listing, world.organizationApi);
  const about = { repository, defaultBranch, visibility, commit: tip.commit, ref };
  const project = projectRequest(request, about, own?.config);
  checkMatchingTime(project.patterns, listing.index.keys());
  const selection = await selectSnapshot(opened.store, opened.project, listing, project.patterns);
  const run = { commit: tip.commit, date: tip.date, ref };
  const drafting = { ...opened, history: historyOf(tip) };
  await checkVisibilityAgain(repository, request, codex, world.organizationApi);
  const draftOn = createDrafter(project, drafting, run, undefined, selection);
  const draft = async (stands: Published) => {
    checkMatchingTime(project.patterns, stands.folder.entries.keys());
    return draftOn(stands);
  };
  return { name, request: project, run, draft, warnings: own?.warnings ?? [] };
}

/** The list may be hours old: where more people see the codex than some repositories, GitHub is asked again. */
async function checkVisibilityAgain(
  repository: string,
  { allowPublic }: SyncOrgRequest,
  codex: CodexRepository,
  api: OrganizationApi,
): Promise<void> {
  if (codex.visibility === 'private' || allowPublic) return;
  checkVisibility(await api.readVisibility(repository), codex.visibility, allowPublic);
}

/** The commit to publish, and the ref that it is of. */
async function readSource(
  { fullName, defaultBranch }: ListedRepository,
  { sourceRef }: SyncOrgRequest,
  api: OrganizationApi,
): Promise<{ tip: SourceTip; ref: string } | SkipReason> {
  if (sourceRef === 'default-branch') {
    const tip = await api.readBranch(fullName, defaultBranch);
    return tip ? { tip, ref: `refs/heads/${defaultBranch}` } : 'empty';
  }
  const tag = await api.readLatestRelease(fullName);
  return tag === undefined ? 'no release' : { tip: await api.readTag(fullName, tag), ref: `refs/tags/${tag}` };
}

/** The project's own configuration: the first that there is, as in a checkout. */
async function readOwnConfig(
  repository: string,
  { index }: CheckoutListing,
  api: OrganizationApi,
): Promise<ParsedConfig | undefined> {
  for (const file of CONFIG_FILES) {
    const entry = index.get(file);
    if (!entry) continue;
    if (!isRegular(entry.mode)) {
      throw new CodexSyncError(
        'bad-config',
        `${file} is a link or a submodule. Where nothing is checked out, the configuration has to be a regular file.`,
      );
    }
    const parsed = parseConfig({ text: await api.readText(repository, entry.id), file, ...configSection(file) });
    if (parsed) return parsed;
  }
  return undefined;
}

/** A commit alone tells nothing of what came before it: GitHub is asked. */
function historyOf({ commit, date }: SourceTip): History {
  return {
    head: { id: commit, parents: [], date: date ?? '' },
    contains: async (one, ancestor) => (one === ancestor ? true : undefined),
    tryChanged: async () => undefined,
    tryMergeBase: async () => undefined,
  };
}
