import { createContext, Script } from 'node:vm';
import { findListing } from '../codex/codex-config.ts';
import type { RunCommit } from '../codex/commit-order.ts';
import { tryKnownFiles } from '../codex/known-files.ts';
import { lineOfRef, parseStableRefs } from '../codex/stable-refs.ts';
import { textOfStableRef } from '../codex/whose-text.ts';
import type { Patterns } from '../documents/patterns.ts';
import { type CheckoutListing, type IndexEntry, isRegular } from '../documents/select.ts';
import { explainUnmatched, findUnmatched } from '../documents/unmatched-patterns.ts';
import { CodexSyncError } from '../errors.ts';
import type { History } from '../git/checkout.ts';
import { CONFIG_FILES, configSection } from '../git/find-config.ts';
import { listCommitFiles, NO_FILES, selectCommitted } from '../git/read-commit.ts';
import { findUnpublishable } from '../git/read-documents.ts';
import type { CodexRepository } from '../github/codex-api.ts';
import type { ListedRepository, OrganizationApi } from '../github/organization-api.ts';
import type { KnownFile, KnownRepository, RepositoryTip } from '../github/organization-question.ts';
import type { ProjectApi } from '../github/project-api.ts';
import { type ParsedConfig, parseConfig } from '../inputs/config.ts';
import { checkVisibility } from '../inputs/guards.ts';
import { checkListed, type OpenedCodex, tryName } from '../publish/codex.ts';
import { parseFirst } from '../publish/read-merged-config.ts';
import { type ProjectSnapshot, tryPublished } from '../publish/snapshot.ts';
import { createFactReader } from '../sync/facts.ts';
import { type ProjectPlan, planSync } from '../sync/plan.ts';
import type { Project } from '../sync/project.ts';
import type { SyncProjectRequest } from '../sync/request.ts';
import { askOnce, type TreeId } from '../text/ids.ts';
import { nameSome } from '../text/phrases.ts';
import { modeName } from '../text/spell-inputs.ts';
import { projectRequest, type SkipReason, type SyncOrgRequest } from './request.ts';
import type { BatchSession } from './session.ts';

/** A repository that is read as far as possible without the codex. */
export interface ReadRepository {
  readonly name: string;
  readonly request: SyncProjectRequest;
  readonly run: RunCommit;
  readonly planOn: (snapshot: ProjectSnapshot, listProjects: () => Promise<readonly string[]>) => Promise<ProjectPlan>;
  readonly warnings: readonly string[];
  /** Whether GitHub's answer about the batch told enough, so that git read nothing. */
  readonly isKnown: boolean;
}

/** @returns a reason if there is nothing to publish. The plan later fetches only documents that the codex lacks. */
export async function readRepository(
  listed: ListedRepository,
  request: SyncOrgRequest,
  codex: OpenedCodex,
  session: BatchSession,
): Promise<ReadRepository | SkipReason> {
  checkVisibility(listed.visibility, codex.visibility, request.allowPublic);
  const { fullName: repository, name, defaultBranch, visibility } = listed;
  const known = session.known.repositories.get(repository);
  if (known?.archived) return 'archived';
  if (known?.disabled) return 'disabled';
  const source = known
    ? { tip: known.tip, ref: `refs/heads/${defaultBranch}` }
    : await readSource(listed, request, session.organizationApi);
  if (typeof source === 'string') return source;
  const { tip, ref } = source;
  const opened = await session.openRepository(repository);
  const list = askOnce(String, (tree: TreeId) => listCommitFiles(opened.store, opened.project, tree));
  const files = known?.files ?? (await list(tip.tree)).index;
  const own = await readOwnConfig(repository, files, session.organizationApi);
  const about = { repository, defaultBranch, visibility, commit: tip.commit, ref };
  const isDefault = ref === `refs/heads/${defaultBranch}`;
  const merged = isDefault ? own : await readMergedOne(repository, opened.projectApi);
  const asked = projectRequest(request, about, own?.config, merged?.config);
  if (findListing(codex.config, asked.project).kind === 'unlisted') return 'not listed in the codex';
  const ours = { repository, directory: asked.directory };
  const isListed = await checkListed(asked.project, ours, codex.config, (one) => tryName(one, session));
  const project = { ...asked, isListed };
  const select = async (listing: CheckoutListing) => {
    checkMatchingTime(project.patterns, listing.index.keys());
    const selection = await selectCommitted(opened.store, opened.project, listing, project.patterns);
    const unmatched = withinMatchingTime(project.patterns, () =>
      explainUnmatched(findUnmatched(listing, selection, project.patterns), listing, []),
    );
    return { selection, unmatched };
  };
  const index = known && (await tryKnownIndex(known, project, session));
  const first = index && (await select({ ...NO_FILES, index }));
  // Only the list of all files explains a pattern that selects nothing.
  const isKnown = first?.unmatched.length === 0;
  const { selection, unmatched } = first && isKnown ? first : await select(await list(tip.tree));
  const run = { commit: tip.commit, date: tip.date, ref };
  await checkVisibilityAgain(repository, isKnown ? known : undefined, request, codex, session.organizationApi);
  const stableRefs = parseStableRefs(defaultBranch, project.refs);
  const line = lineOfRef(stableRefs, ref, undefined);
  if (line === undefined) return 'not on the release line';
  const text = textOfStableRef(selection, line);
  const side: Project = {
    ...{ run, stableRefs, pull: undefined },
    selected: { ...selection, uncommittedDocuments: new Set(), unmatched },
    decide: () => ({ kind: 'documents', text, run, uncommitted: new Set() }),
    isOnGitHub: async () => true,
    listIgnored: async () => [],
    isOneOfMany: true,
  };
  const readFacts = createFactReader(project, side, { ...opened, history: historyOf(tip) }, (paths) =>
    findUnpublishable(opened.store, opened.project, paths),
  );
  const planOn: ReadRepository['planOn'] = async (snapshot, listProjects) => {
    checkMatchingTime(project.patterns, snapshot.folder.entries.keys());
    return planSync(project, side, snapshot, await readFacts(snapshot, listProjects));
  };
  return { name, request: project, run, planOn, warnings: own?.warnings ?? [], isKnown };
}

/** The files of a commit that was published before, proved by ids. */
async function tryKnownIndex(
  { root }: KnownRepository,
  { project, patterns }: SyncProjectRequest,
  { known: { tip }, codexApi }: BatchSession,
): Promise<CheckoutListing['index'] | undefined> {
  const published = tip && (await tryPublished(tip, project, { codexApi }));
  return published && withinMatchingTime(patterns, () => tryKnownFiles(root, published, patterns));
}

/**
 * The list may be hours old, and reading by git takes time, so this asks again if more people see the codex than some
 * repositories.
 */
async function checkVisibilityAgain(
  repository: string,
  known: KnownRepository | undefined,
  { allowPublic }: SyncOrgRequest,
  codex: CodexRepository,
  api: OrganizationApi,
): Promise<void> {
  if (codex.visibility === 'private' || allowPublic) return;
  const visibility = known?.visibility ?? (await api.readVisibility(repository));
  checkVisibility(visibility, codex.visibility, allowPublic);
}

async function readSource(
  { fullName, defaultBranch }: ListedRepository,
  { sourceRef }: SyncOrgRequest,
  api: OrganizationApi,
): Promise<{ tip: RepositoryTip; ref: string } | SkipReason> {
  if (sourceRef === 'default-branch') {
    const tip = await api.readBranch(fullName, defaultBranch);
    return tip ? { tip, ref: `refs/heads/${defaultBranch}` } : 'empty';
  }
  const tag = await api.readLatestRelease(fullName);
  return tag === undefined ? 'no release' : { tip: await api.readTag(fullName, tag), ref: `refs/tags/${tag}` };
}

/** The project's own configuration: the first file found, as in a checkout. */
async function readOwnConfig(
  repository: string,
  files: ReadonlyMap<string, IndexEntry & Partial<Pick<KnownFile, 'text'>>>,
  api: OrganizationApi,
): Promise<ParsedConfig | undefined> {
  for (const file of CONFIG_FILES) {
    const entry = files.get(file);
    if (!entry) continue;
    if (!isRegular(entry.mode)) {
      throw new CodexSyncError(
        'bad-config',
        `${file} is a link or a submodule.`,
        `Use a regular file: "${modeName('sync-org')}" has no checkout.`,
      );
    }
    const text = entry.text ?? (await api.readText(repository, entry.id));
    const parsed = parseConfig({ text, file, ...configSection(file) });
    if (parsed) return parsed;
  }
  return undefined;
}

/** For a tag, only the default branch's configuration decides whether the tag is on the release line. */
async function readMergedOne(repository: string, api: ProjectApi): Promise<ParsedConfig | undefined> {
  const files = await api.tryFiles([], CONFIG_FILES);
  if (!files) {
    throw new CodexSyncError(
      'no-permission',
      `GitHub did not return the configuration of the default branch of ${repository}, which decides which tags belong to its release line.`,
      'Give the token "contents: read" on that repository, or run this again later.',
    );
  }
  return parseFirst(CONFIG_FILES, files.defaultBranch, files.onDefaultBranch, (text) => parseConfig(text));
}

/** A single commit has no history here, so GitHub answers such questions. */
function historyOf({ commit, date }: RepositoryTip): History {
  return {
    head: { id: commit, parents: [], date: date ?? '' },
    contains: async (one, ancestor) => (one === ancestor ? 'yes' : 'unknown'),
    tryChanged: async () => undefined,
    tryCommitsSince: async () => undefined,
    tryResolve: async () => undefined,
    tryMergeBase: async () => undefined,
  };
}

const MATCH = new Script('match()');
/** One for all, since creating it takes longer than most matching. */
const matching = createContext({ match: undefined });

/** Far above the time of reasonable patterns on a hundred thousand paths. */
const LONGEST_MILLISECONDS = 5000;

/** @throws CodexSyncError `bad-config`: some globs take years as regular expressions, and must not stop the others */
function checkMatchingTime(patterns: Patterns, paths: Iterable<string>): void {
  withinMatchingTime(patterns, () => {
    for (const path of paths) patterns.selects(path);
  });
}

/** @throws CodexSyncError `bad-config` after five seconds */
function withinMatchingTime<T>({ include, exclude }: Patterns, match: () => T): T {
  try {
    // Only a separate context can interrupt a running regular expression.
    matching.match = match;
    return MATCH.runInContext(matching, { timeout: LONGEST_MILLISECONDS });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new CodexSyncError(
      'bad-config',
      `Its patterns take longer than ${LONGEST_MILLISECONDS / 1000} seconds to match: ${nameSome([...include, ...exclude])}.`,
      'Write simpler ones.',
    );
  }
}
