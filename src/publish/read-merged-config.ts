import { type DecidedConfig, keepConfig, mergeConfig, sameConfigs, withRefsOf } from '../codex/merged-config.ts';
import { parseRefGlobs, releaseLineOf } from '../codex/stable-refs.ts';
import { CodexSyncError } from '../errors.ts';
import type { CommitInfo } from '../git/checkout.ts';
import type { Git } from '../git/exec.ts';
import {
  type ConfigText,
  configPaths,
  configSection,
  isInside,
  type ProjectDisk,
  type ProjectPlace,
  readConfigIds,
} from '../git/find-config.ts';
import { type CommittedFiles, tryListCommitted, tryReadCommitted } from '../git/read-commit.ts';
import { type FileTexts, MAX_LISTED_FILES, type ProjectApi, type RepositoryFiles } from '../github/project-api.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import type { ConfigSource } from '../inputs/config-file.ts';
import { publishes } from '../inputs/definitions.ts';
import { isBuiltIn, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import type { FoundConfig } from '../inputs/request.ts';
import { isOnPullRequest, type PullRequest, parseOrigin, type Trigger } from '../inputs/trigger.ts';
import type { BranchName } from '../text/ids.ts';
import { branchOfRef, sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { tokenPhrase } from '../text/spell-inputs.ts';

export interface ReadConfig extends FoundConfig {
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  /** Keys that only `doctor` leaves out, because something in them is invalid. */
  readonly leftOut?: readonly string[];
}

export interface ConfigFacts {
  readonly inputs: Inputs;
  /** The configuration on disk. */
  readonly own: ReadConfig | undefined;
  readonly place: ProjectPlace;
  readonly trigger: Trigger;
  readonly pull: PullRequest | undefined;
  /** Whether every commit that the run names is merged, so that files that a job wrote may decide. */
  readonly trustsWorkingTree: boolean;
  /** Whether the checkout is of another repository, so that its configuration counts as the workflow's choice. */
  readonly countsAsItIs: boolean;
  readonly parse: (text: ConfigText) => ReadConfig | undefined;
  readonly projectApi: ProjectApi;
  /** Runs git in the root of the checkout. */
  readonly git: Git;
  readonly disk: Pick<ProjectDisk, 'tryReadFile'>;
}

export interface MergedConfig extends DecidedConfig<ReadConfig> {
  readonly head: CommitInfo | undefined;
}

/**
 * Decides which configuration counts for a run that writes (design section 3.3). Off the release line an unmerged file
 * must not redirect documents, so the default branch's configuration counts. For a pull request into a branch of the
 * release line, that of its base commit counts.
 * @throws CodexSyncError `bad-input` or `bad-config`; `no-permission` if the run needs the merged configuration and
 * GitHub does not return it
 */
export async function readMergedConfig(facts: ConfigFacts): Promise<MergedConfig> {
  const { inputs, own, place, pull, git } = facts;
  // Rejects an unknown environment before any request. That of a closed pull request may be known to the configuration that
  // is requested here.
  if (!pull?.closed) resolveEnvironment(inputs.env, (own?.config ?? DEFAULT_CONFIG).environments, own?.file);
  const paths = configPaths(place, inputs.config);
  // A closed pull request is not checked out, so any files on disk are unrelated.
  const head = pull?.closed ? undefined : await tryReadCommitted(git, 'HEAD', paths);
  const reader = createReader(facts, paths, head);
  // Outside of any repository there is nothing to merge into.
  const isNowhere = facts.trigger.repository === undefined;
  const decided = await (facts.countsAsItIs || isNowhere
    ? keepConfig(own)
    : pull
      ? reader.ofPull(pull)
      : reader.ofRef());
  return { ...decided, head: head?.commit };
}

type Files = NonNullable<CommittedFiles['files']>;

function createReader(facts: ConfigFacts, paths: readonly string[], head: CommittedFiles | undefined) {
  const { inputs, own, place, trigger, projectApi, git } = facts;
  const { defaultBranch } = trigger;

  const parseAt = (label: string, texts: FileTexts) =>
    parseFirst(paths, label, texts, (text, path) => facts.parse({ ...text, inside: isInside(place, path) }));
  const textsOf = (files: Files) => new Map([...files].map(([path, { text }]) => [path, text]));

  /** Returns the configuration on disk if it equals the commit's, else the commit's. */
  async function committed(files: Files, label: string, where: string): Promise<DecidedConfig<ReadConfig>> {
    const disk = await readConfigIds(place, paths, facts.disk);
    if (sameConfigs(disk, new Map([...files].map(([path, { id }]) => [path, id])))) return keepConfig(own);
    return mergeConfig(own, parseAt(label, textsOf(files)), where);
  }

  const canReadHead = facts.trustsWorkingTree || !head || head.files !== undefined;

  /** Counts if the run's commit is merged. */
  async function ofHead(): Promise<DecidedConfig<ReadConfig>> {
    if (facts.trustsWorkingTree || !head?.files) return keepConfig(own);
    return committed(head.files, 'HEAD', `commit ${head.commit.id}`);
  }

  async function tryReadHere(commit: string | undefined): Promise<Files | undefined> {
    if (commit === undefined || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
    const [found, listed] = await Promise.all([
      tryReadCommitted(git, commit, paths),
      tryListCommitted(git, commit, paths),
    ]);
    // A partial clone may lack a file that the commit has.
    const files = found?.files;
    return files && listed && [...listed].every((path) => files.has(path)) ? files : undefined;
  }

  async function ask(commits: readonly string[]): Promise<RepositoryFiles | undefined> {
    const answer = await projectApi.tryFiles(commits, paths);
    if (answer || !needsAnswer(facts)) return answer;
    throw new CodexSyncError(
      'no-permission',
      `GitHub does not return the configuration of the default branch of ${trigger.repository ?? 'this repository'}, and one that is not merged must not decide where documents go.`,
      `Give the ${tokenPhrase('project-token')} the permission "contents: read" on that repository.`,
    );
  }

  async function isRelease(ref: string | undefined, lists: readonly string[], branch: BranchName): Promise<boolean> {
    const answer = releaseLineOf(parseRefGlobs(lists), ref, branch);
    if (answer !== 'if protected') return answer === 'yes';
    const named = branchOfRef(ref);
    const state = named === undefined ? undefined : await projectApi.findBranch(named);
    return state?.kind === 'found' && state.isProtected;
  }

  const productionRefs = (merged: ReadConfig | undefined) =>
    inputs.productionRefs.length > 0 ? inputs.productionRefs : (merged?.config.environments.productionRefs ?? []);

  async function ofPull(pull: PullRequest): Promise<DecidedConfig<ReadConfig>> {
    const [first, second] = head?.commit.parents ?? [];
    // GitHub's own merge, and not one that the pull request brings.
    const isMerge = isOnPullRequest(trigger) && head?.commit.id === trigger.commit && second === pull.headCommit;
    const base = isMerge ? first : pull.baseCommit;
    const whole = (merged: ReadConfig | undefined, where: string) =>
      pull.closed ? keepConfig(merged) : mergeConfig(own, merged, where);

    if (pull.baseBranch !== undefined && pull.baseBranch === defaultBranch) {
      const here = await tryReadHere(base);
      const where = `the base of pull request #${pull.number}`;
      if (here)
        return pull.closed
          ? keepConfig(parseAt(pull.baseBranch, textsOf(here)))
          : committed(here, pull.baseBranch, where);
      // A file of the merge that the pull request did not change equals the base's.
      if (head?.files && isMerge && (await changesNone(pull))) return committed(head.files, pull.baseBranch, where);
    }

    const answer = await ask(base === undefined ? [] : [base]);
    if (!answer) return keepConfig(pull.closed ? undefined : own);
    const merged = parseAt(answer.defaultBranch, answer.onDefaultBranch);
    const atBase = base === undefined ? undefined : answer.at.get(base);
    const isOnLine =
      pull.baseBranch !== undefined &&
      (await isRelease(`refs/heads/${pull.baseBranch}`, productionRefs(merged), answer.defaultBranch));
    if (!atBase || base === undefined || !isOnLine) return whole(merged, `branch ${printable(answer.defaultBranch)}`);
    const ofBase = withRefsOf(parseAt(pull.baseBranch ?? base, atBase), merged);
    return whole(ofBase, `the base of pull request #${pull.number}`);
  }

  async function changesNone({ number }: PullRequest): Promise<boolean> {
    const changed = await projectApi.tryPullFiles(number, MAX_LISTED_FILES);
    return changed !== undefined && !changed.some((path) => paths.includes(path));
  }

  async function ofRef(): Promise<DecidedConfig<ReadConfig>> {
    const { ref, commit } = trigger;
    const isDefault = defaultBranch !== undefined && ref === `refs/heads/${defaultBranch}`;
    if (isDefault) {
      if (canReadHead && (await isMergedHead(defaultBranch))) return ofHead();
      if (head && inputs.mode !== 'sync-project' && (await isOfAnother(git, trigger))) return keepConfig(own);
      const here = trigger.kind === 'terminal' ? undefined : await tryReadHere(commit);
      if (here) return committed(here, defaultBranch, `branch ${printable(defaultBranch)}`);
    }
    const isAtRef = canReadHead && trigger.kind !== 'terminal' && (!head || head.commit.id === commit);
    if (isAtRef && inputs.productionRefs.length > 0 && inputs.stableRefs.length > 0) {
      // The inputs replace all that the default branch would decide.
      if (releaseLineOf(parseRefGlobs(inputs.productionRefs), ref, defaultBranch) === 'yes') return ofHead();
    }
    const answer = await ask([]);
    if (!answer) return keepConfig(own);
    const merged = parseAt(answer.defaultBranch, answer.onDefaultBranch);
    // A repository that was not cloned does not know its default branch. Where that has no configuration, HEAD decides and
    // not the name of the local branch, as it decides whose text is published: the release line has every commit of it.
    const isPushed =
      trigger.kind === 'terminal' &&
      (ref === `refs/heads/${answer.defaultBranch}` || merged === undefined) &&
      (await isMergedHead(answer.defaultBranch));
    if (isPushed || (isAtRef && (await isRelease(ref, productionRefs(merged), answer.defaultBranch)))) {
      const decided = await ofHead();
      return { ...decided, found: withRefsOf(decided.found, merged) };
    }
    return mergeConfig(own, merged, `branch ${printable(answer.defaultBranch)}`);
  }

  /** Whether HEAD is a commit of the default branch, as far as the checkout shows without a request. */
  async function isMergedHead(branch: BranchName): Promise<boolean> {
    if (!head) return true;
    if (trigger.kind !== 'terminal') return head.commit.id === trigger.commit;
    const remote = `refs/remotes/origin/${branch}`;
    const { exitCode } = await git(['merge-base', '--is-ancestor', 'HEAD', remote]);
    return exitCode === 0;
  }

  return { ofPull, ofRef };
}

/** Parses the first of these files that has a configuration; `label` names their commit in messages. */
export function parseFirst<Parsed>(
  paths: readonly string[],
  label: string,
  texts: FileTexts,
  parse: (text: ConfigSource, path: string) => Parsed | undefined,
): Parsed | undefined {
  for (const path of paths) {
    if (!texts.has(path)) continue;
    const text = texts.get(path);
    const file = `${printable(label)}:${path}`;
    if (text === undefined) {
      throw new CodexSyncError(
        'bad-config',
        `${printable(file)} is not text, or is larger than 100 KB.`,
        'Is it a configuration?',
      );
    }
    const parsed = parse({ text, file, ...configSection(path) }, path);
    if (parsed) return parsed;
  }
  return undefined;
}

/** A pull request cannot change inputs and defaults, and a run that only pulls publishes nothing. */
function needsAnswer({ inputs, own, pull }: ConfigFacts): boolean {
  if (pull?.closed && !isBuiltIn(inputs.env)) return true;
  if ((pull?.closed || !own) && inputs.codexRepository !== undefined) return false;
  if (inputs.mode !== 'sync-project') return true;
  return publishes(inputs.direction ?? own?.config.syncDirection ?? 'to-codex');
}

/** Whether the checkout is of another repository on the same server as the workflow's. */
async function isOfAnother(git: Git, { repository }: Trigger): Promise<boolean> {
  const { exitCode, stdout } = await git(['config', '--get', 'remote.origin.url']);
  const origin = exitCode === 0 ? parseOrigin(stdout.toString('utf8').trim()) : undefined;
  return origin !== undefined && !sameRepository(origin.repository, repository);
}
