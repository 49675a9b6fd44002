import type { CodexEntry } from '../../src/codex/changes.ts';
import { holdAfter, isRollBack, withHold } from '../../src/codex/hold.ts';
import type { Manifest } from '../../src/codex/manifest.ts';
import { branchKey, type PreviewKey, pullRequestKey } from '../../src/codex/overlay.ts';
import { type OverlayPlan, planClosed } from '../../src/codex/plan-documents.ts';
import { planManifest } from '../../src/codex/publication.ts';
import { decideWhoseText, textOfStableRef, type WhoseText } from '../../src/codex/whose-text.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { NO_FOLDER } from '../../src/git/codex-folder.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import type { ProjectTrigger } from '../../src/inputs/trigger.ts';
import { asksForOrder, checkOrder, isOrdered, lineProblem, planPromotion, runOf } from '../../src/promote/plan.ts';
import type { ProjectPublication } from '../../src/publish/commit.ts';
import { createCommitComparer, createHoldReader } from '../../src/publish/relations.ts';
import { createFactReader, type FactSession } from '../../src/sync/facts.ts';
import { planSync } from '../../src/sync/plan.ts';
import type { Project } from '../../src/sync/project.ts';
import { parseSyncProject, type SyncProjectRequest } from '../../src/sync/request.ts';
import { type BranchName, branchName, treeId } from '../../src/text/ids.ts';
import { type ModelSelection, selectFrom, selects } from './model-checkout.ts';
import { type FolderState, ModelFolder } from './model-codex.ts';
import { type RunContext, readFacts } from './model-facts.ts';
import { lineOf, type ModelRepository, REFS } from './model-repository.ts';
import { PUSH, TYPED } from './trigger.ts';

export type ModelEnvironment = 'test' | 'prod';

const requestFor = (env: ModelEnvironment) => {
  const words = { INPUT_TOKEN: 't', INPUT_ENV: env, 'INPUT_CODEX-REPOSITORY': 'acme/codex.acme.com' };
  const { patterns, ...request } = parseSyncProject(parseInputs(words), undefined, '.', PUSH);
  return { ...request, patterns: { ...patterns, selects } };
};
const REQUESTS: Readonly<Record<ModelEnvironment, SyncProjectRequest>> = {
  test: requestFor('test'),
  prod: requestFor('prod'),
};
const OWNER = { repository: 'acme/widgets', directory: '.' };

/** What the workflow says, and how GitHub answers. */
export interface RunOptions
  extends Pick<SyncProjectRequest, 'threshold' | 'onConflict' | 'allowOlder' | 'releaseHold'> {
  readonly environment: ModelEnvironment;
  readonly isSilent: boolean;
  readonly isShallow: boolean;
  readonly random: number;
  readonly deletedBranch?: BranchName;
}

export interface PromotionOptions
  extends Pick<RunOptions, 'threshold' | 'onConflict' | 'allowOlder' | 'releaseHold' | 'isSilent'> {
  readonly releaseEdits: boolean;
  readonly isByName: boolean;
}

/**
 * Runs of the action on a model of its world: facts are read from the model, everything that decides or plans is the
 * product's own, put together as it does. A run that is refused changes nothing.
 */
export class ModelRuns {
  readonly test = new ModelFolder();
  readonly prod = new ModelFolder();
  /** `path\0text` that somebody released although it was edited in the codex. */
  readonly releasedEdits = new Set<string>();
  /** The same where a promotion brought an edit to where nothing is released. */
  readonly copiedEdits = new Set<string>();
  readonly conclusions = new Map<string, number>();
  private readonly repository: ModelRepository;

  constructor(repository: ModelRepository) {
    this.repository = repository;
  }

  /** How a run ended, for counting. */
  private async conclude(mode: string, run: () => Promise<string>): Promise<string> {
    const conclusion = await run().catch((error: unknown) => {
      if (!(error instanceof CodexSyncError)) throw error;
      return error.code;
    });
    const name = `${mode}: ${conclusion}`;
    this.conclusions.set(name, (this.conclusions.get(name) ?? 0) + 1);
    return conclusion;
  }

  /** `mode: sync-project` */
  sync(context: RunContext, options: RunOptions): Promise<string> {
    const { head, working, ignored } = context;
    const selected = selectFrom(head.tree, working, ignored);
    const { facts, allowed } = readFacts(context, selected, this.repository, options.isSilent);
    for (const kind of allowed) {
      for (const [path, { id }] of selected.documents) this.repository[kind].add(`${path}\0${id}`);
    }
    const decide = (codex: ReadonlyMap<string, CodexEntry>) => decideWhoseText(facts, selected, codex);
    return this.conclude(`sync ${options.environment}`, () => this.plan(context, options, selected, decide, false));
  }

  /** `mode: sync-org`, as far as this repository goes: the commit of a ref that GitHub names, without a checkout. */
  syncOrganization(ref: string, options: RunOptions): Promise<string> {
    const head = this.repository.refs.get(ref);
    const { source } = this[options.environment].manifest;
    return this.conclude(`sync-org ${options.environment}`, async () => {
      const line = lineOf(ref);
      if (!head || line === undefined || (source?.line === 'stable' && source.ref !== ref)) return 'skipped';
      const none = new Map();
      const selected = selectFrom(head.tree, none, new Set());
      const context: RunContext = {
        event: 'schedule',
        head,
        working: none,
        ignored: new Set(),
        named: { commit: head, ref },
        subject: { kind: 'ref' },
      };
      const run = { commit: head.id, date: head.date, ref };
      const text = textOfStableRef(selected, line);
      const decided: WhoseText = { kind: 'documents', text, run, uncommitted: new Set() };
      return this.plan(context, options, selected, () => decided, true);
    });
  }

  /** Reads the facts and plans, as `syncProject` does. */
  private async plan(
    context: RunContext,
    options: RunOptions,
    selected: ModelSelection,
    decide: Project['decide'],
    isOneOfMany: boolean,
  ): Promise<string> {
    const { environment, isSilent, isShallow, random, deletedBranch } = options;
    const folder = this[environment];
    const { head, subject } = context;
    const request: SyncProjectRequest = {
      ...REQUESTS[environment],
      ...options,
      environment: REQUESTS[environment].environment,
      trigger: triggerOf(context, deletedBranch, isOneOfMany),
    };
    const project: Project = {
      selected: { ...selected, unmatched: [] },
      decide,
      run: { commit: head.id, date: head.date, ref: undefined },
      stableRefs: REFS,
      pull: subject.kind === 'pull request' ? subject.pull : undefined,
      isOnGitHub: async () => this.repository.knows(head),
      listIgnored: async () => [],
      isOneOfMany,
    };
    const projectApi = this.repository.api(isSilent);
    const session = {
      history: this.repository.history(head, isShallow),
      ...{ projectApi, projectApiOf: () => projectApi, codexApi: {} as FactSession['codexApi'] },
      ...{ now, random: () => random },
    };
    const snapshot = {
      folder: { ...NO_FOLDER, tree: treeId('tree'), entries: folder.entries },
      manifest: folder.manifest,
      warning: undefined,
    };
    const readFacts = createFactReader(request, project, session, async () => new Map());
    const planned = planSync(request, project, snapshot, await readFacts(snapshot, async () => []));
    if (planned.plan === undefined) return planned.hold?.kind ?? 'superseded';
    const [published] = planned.publication?.projects ?? [];
    return this.apply(folder, published?.steps ?? [], planned.plan, planned.preview);
  }

  private publish(
    folder: ModelFolder,
    next: Manifest,
    overlayPlan: Pick<OverlayPlan, 'steps' | 'plan'>,
    key: PreviewKey | undefined,
  ): string {
    return this.apply(folder, folder.stepsOf(next, overlayPlan), overlayPlan.plan, key);
  }

  private apply(
    folder: ModelFolder,
    steps: ProjectPublication['steps'],
    plan: OverlayPlan['plan'],
    key: PreviewKey | undefined,
  ): string {
    const states = folder.states.length;
    folder.publish(steps, plan);
    if (folder.states.length === states) return 'unchanged';
    return key === undefined ? 'published' : 'preview';
  }

  /** The run of a closed pull request, as `closePreview` does. */
  close(number: number, wasMerged: boolean, isSilent: boolean): Promise<string> {
    return this.conclude('closed', async () => {
      const pull = this.repository.pulls.get(number);
      const { manifest } = this.test;
      const keys = [pullRequestKey(number), ...(pull ? [branchKey(pull.branch)] : [])].filter((key) =>
        manifest.previews.has(key),
      );
      const isOpen = !isSilent && pull?.open === true;
      return this.end(wasMerged || isOpen ? [] : keys);
    });
  }

  /** `mode: retire` with `preview`. */
  retirePreview(random: number): Promise<string> {
    return this.conclude('retire', async () => {
      const keys = [...this.test.manifest.previews.keys()];
      return this.end(keys.slice(random % (keys.length + 1), (random % (keys.length + 1)) + 1));
    });
  }

  private end(keys: readonly PreviewKey[]): string {
    const { manifest, entries } = this.test;
    const overlayPlan = planClosed(manifest, entries, keys);
    const next = planManifest(manifest, overlayPlan.overlay, manifest.source ?? OWNER, undefined);
    return this.publish(this.test, next, overlayPlan, undefined);
  }

  /** `mode: promote` from one environment, or one of its states, into another; as `createProjectDrafter` does. */
  promote(
    from: ModelEnvironment,
    state: FolderState,
    to: ModelEnvironment,
    options: PromotionOptions,
  ): Promise<string> {
    const mode = `promote ${from} to ${to}`;
    const { releaseEdits, isByName, isSilent, allowOlder } = options;
    return this.conclude(mode, async () => {
      const [folder, production] = [this[to], to === 'prod'];
      const target = folder.manifest;
      if (state.manifest?.source === undefined) return 'nothing there';
      const { source } = state.manifest;
      const question = {
        project: 'widgets',
        from: { environment: from, branch: branchName(from), manifest: state.manifest, entries: state.entries },
        to: { environment: to, branch: branchName(to), manifest: target, entries: folder.entries },
        production,
      };
      if (lineProblem(question, false) !== undefined) return 'stable';
      const promotion = planPromotion({ ...question, ...options, allowEmpty: false });
      const { overlayPlan, editsReleased } = promotion;
      const replaces = promotion.manifest !== target && production && isOrdered(target.source, source);
      const commits = createCommitComparer(
        this.repository.history(this.repository.commits[0] as never, true),
        this.repository.api(isSilent),
      );
      const asks = replaces && target.source && asksForOrder(target.source, source);
      const relation = asks && target.source ? await commits(target.source, source) : 'same';
      if (replaces && target.source && !allowOlder) checkOrder(relation, target.source, source);
      const run = runOf(source);
      const holds = createHoldReader(commits);
      const verdict = await holds.decide(target, production, {
        ...{ ours: run, texts: promotion.released, skipped: promotion.skippedDocuments, isByName },
        releases: options.releaseHold,
      });
      if (verdict.kind === 'held') return verdict.kind;
      const rollsBack = replaces && isRollBack(relation, target.source, run, from === to);
      const left = holdAfter(verdict, target, promotion.manifest, {
        ...{ production, makes: rollsBack, releaseHold: options.releaseHold },
        relation: await holds.relationToPublished(target),
        about: { now: now(), runUrl: REQUESTS[to].trigger.runUrl, reason: undefined },
      });
      const copied = releaseEdits ? this.releasedEdits : this.copiedEdits;
      for (const path of editsReleased.keys()) copied.add(`${path}\0${state.entries.get(path)?.document?.id}`);
      return this.publish(folder, withHold(promotion.manifest, left), overlayPlan, undefined);
    });
  }
}

function triggerOf({ event }: RunContext, deletedBranch: BranchName | undefined, isOneOfMany: boolean): ProjectTrigger {
  if (event === 'terminal') return { ...TYPED, ...OWNER };
  if (!isOneOfMany) return { ...PUSH, ...OWNER, event, deletedBranch };
  const { serverUrl, apiUrl, runUrl, workflow, defaultBranch, visibility } = PUSH;
  const source = { repository: OWNER.repository, commit: PUSH.commit ?? '', ref: 'refs/heads/main' };
  return { kind: 'organization', ...source, serverUrl, apiUrl, runUrl, workflow, defaultBranch, visibility };
}

const START = new Date(Date.UTC(2026, 5, 1));
const now = () => START;
