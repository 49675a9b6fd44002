import { beneathPreviews, withChanges } from '../../src/codex/effective-tree.ts';
import { heldSentence, isRollBack, withHold } from '../../src/codex/hold.ts';
import { lineOf as lineOfSource, type Manifest, type Source, wasPublished } from '../../src/codex/manifest.ts';
import { branchKey, branchOf, type PreviewKey, pullRequestKey, pullRequestOf } from '../../src/codex/overlay.ts';
import { type OverlayPlan, overlayPreview, planClosed, planDocuments } from '../../src/codex/plan-documents.ts';
import { applyClosed, planPreview } from '../../src/codex/preview.ts';
import { checkSelected, planManifest } from '../../src/codex/publication.ts';
import {
  decideWhoseText,
  lineAfter,
  narrowText,
  productionProblem,
  sourceOfDocuments,
  textOfStableRef,
  type WhoseText,
} from '../../src/codex/whose-text.ts';
import type { Document } from '../../src/documents/select.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import {
  readBranchChanges,
  readPullRequestChanges,
  touchedDocuments,
  uncommittedChanges,
} from '../../src/previews/changes.ts';
import { createPullReader, findClosed } from '../../src/previews/find-closed.ts';
import { asksForOrder, checkOrder, isOrdered, lineProblem, planPromotion, runOf } from '../../src/promote/plan.ts';
import { createCommitReader, createOrderReader } from '../../src/sync/order.ts';
import { joinSteps } from '../../src/sync/plan-preview.ts';
import { createHoldReader } from '../../src/sync/read-hold.ts';
import { parseSyncProject, type SyncProjectRequest } from '../../src/sync/request.ts';
import type { PlanningSession } from '../../src/sync/session.ts';
import { type ModelSelection, selectFrom, selects } from './model-checkout.ts';
import { type FolderState, ModelFolder } from './model-codex.ts';
import { type RunContext, readFacts } from './model-facts.ts';
import { lineOf, type ModelRepository, REFS } from './model-repository.ts';
import { PUSH } from './trigger.ts';

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
  readonly deletedBranch?: string;
}

export interface PromotionOptions
  extends Pick<RunOptions, 'threshold' | 'onConflict' | 'allowOlder' | 'releaseHold' | 'isSilent'> {
  readonly releaseEdits: boolean;
  readonly isByName: boolean;
}

/**
 * Runs of the action on a model of its world: facts are read from the model, everything that decides or plans is the
 * product's own, put together as `src/commands` does. A run that is refused changes nothing.
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
    const folder = this[options.environment];
    return this.conclude(`sync ${options.environment}`, async () => {
      const beneath = beneathPreviews(folder.manifest, folder.entries, selected.documents);
      return this.draft(context, options, selected, decideWhoseText(facts, selected, beneath));
    });
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
      return this.draft(context, options, selected, { kind: 'documents', text, run, uncommitted: new Set() });
    });
  }

  /** As `createDrafter` does. */
  private async draft(
    context: RunContext,
    options: RunOptions,
    selected: ModelSelection,
    decided: WhoseText,
  ): Promise<string> {
    if (decided.kind === 'superseded') return decided.kind;
    const { environment, isSilent, isShallow, random, deletedBranch } = options;
    if (environment === 'prod' && productionProblem(decided) !== undefined) return 'off the release line';
    const [folder, request] = [
      this[environment],
      { ...REQUESTS[environment], ...options, environment: REQUESTS[environment].environment },
    ];
    const { manifest, entries } = folder;
    const { run } = decided;
    const key = decided.kind === 'preview' ? decided.key : undefined;
    const history = this.repository.history(context.head, isShallow);
    const projectApi = this.repository.api(isSilent);
    const source: Source = {
      ...OWNER,
      commit: run.commit,
      ...(run.date !== undefined && { date: run.date }),
      ...(run.ref !== '' && { ref: run.ref }),
    };
    const pulls = createPullReader(projectApi);
    const readOrder = createOrderReader(request, { history, projectApi, now } as PlanningSession, run, key);
    const { order, rollsBack } = await readOrder(manifest, source, pulls);
    if (order === 'superseded') return order;
    const selection = selected;
    checkSelected(request, selection);

    const holds = createHoldReader(request, { now }, createCommitReader(history, projectApi));
    const isDocuments = decided.kind === 'documents';
    const asked = { run, texts: selection.documents, isByName: false };
    const verdict = isDocuments ? await holds.decide(manifest, asked) : ({ kind: 'stays' } as const);
    if (verdict.kind === 'held' && manifest.held) {
      heldSentence(verdict, { held: manifest.held, ours: run }, { project: 'widgets', environment });
      return verdict.kind;
    }
    const pull =
      context.subject.kind === 'pull request' ? this.repository.pulls.get(context.subject.number) : undefined;
    const closed = await findClosed(manifest, {
      run,
      stableRefs: isDocuments ? REFS : undefined,
      own: key,
      ownBranch: key === undefined ? undefined : pull?.branch,
      deletedBranch,
      takesOver: false,
      pulls,
      history,
      projectApi,
      random: () => random,
      now,
    });
    const overlayPlan =
      decided.kind === 'preview'
        ? await this.drawPreview(context, options, { ...selected, ...selection }, decided, closed)
        : planDocuments({
            ...request,
            selects,
            text: narrowText(decided.text, selection),
            firstRun: !wasPublished(manifest),
            codex: entries,
            overlay: manifest,
            closed,
          });
    let ours: Source = manifest.source ?? OWNER;
    if (decided.kind === 'documents') {
      const { documents } = overlayPlan.overlay;
      const before = { ...manifest, line: lineOfSource(manifest.source) };
      const after = lineAfter(decided.text, documents, before, source.ref);
      const made = [...decided.uncommitted].filter((path) => documents.get(path) === selected.documents.get(path)?.id);
      ours = sourceOfDocuments(source, after, made.length);
    }
    const planned = planManifest(manifest, overlayPlan.overlay, ours, undefined);
    const left = await holds.leave(verdict, manifest, planned, isDocuments && rollsBack);
    return this.publish(folder, withHold(planned, left), overlayPlan, key);
  }

  private publish(
    folder: ModelFolder,
    next: Manifest,
    overlayPlan: Pick<OverlayPlan, 'steps' | 'plan'>,
    key: PreviewKey | undefined,
  ): string {
    const states = folder.states.length;
    folder.publish(next, overlayPlan);
    if (folder.states.length === states) return 'unchanged';
    return key === undefined ? 'published' : 'preview';
  }

  /** As `createPreviewPlanner` does. */
  private async drawPreview(
    context: RunContext,
    { threshold, onConflict, isSilent, isShallow }: RunOptions,
    selection: ModelSelection,
    { key, run, changes, uncommitted }: Extract<WhoseText, { kind: 'preview' }>,
    closed: readonly PreviewKey[],
  ): Promise<OverlayPlan> {
    const { manifest, entries } = this.test;
    const reader = {
      history: this.repository.history(context.head, isShallow),
      projectApi: this.repository.api(isSilent),
      directory: '.',
    };
    const { subject } = context;
    const pull = subject.kind === 'pull request' ? subject.pull : undefined;
    const { base, paths } =
      changes === 'uncommitted'
        ? { base: context.head.id, paths: undefined }
        : pull && pullRequestOf(key) === pull.number
          ? await readPullRequestChanges(pull, reader)
          : await readBranchChanges(branchOf(key) ?? '', run.commit, 'main', reader);
    const isLocal = context.event === '' && !this.repository.knows(context.head);
    const head = { commit: run.commit, date: run.date, ...(isLocal && { local: now().toISOString() }) };
    const baseBranch = pull?.baseBranch ?? 'main';
    const beneath = !wasPublished(manifest) && base !== undefined ? branchKey(baseBranch) : undefined;
    const touched =
      beneath === key
        ? new Map(selection.documents)
        : changes === 'uncommitted'
          ? uncommittedChanges(uncommitted, selection)
          : touchedDocuments(paths, selection, manifest.documents, selects);
    let settled = applyClosed(manifest, entries, closed);
    const steps: OverlayPlan['steps'][number][] = [];
    const others = new Map<string, Document>();
    if (beneath !== undefined && beneath !== key) {
      for (const [path, document] of selection.documents) if (!touched.has(path)) others.set(path, document);
      for (const [path, id] of manifest.previews.get(beneath)?.documents ?? []) {
        if (id !== null && touched.has(path)) others.set(path, { id, executable: false });
      }
    }
    if (beneath !== undefined && base !== undefined && others.size > 0) {
      const first = { key: beneath, head: { commit: base, date: undefined }, touched: others };
      const plan = planPreview({ ...first, overlay: settled.overlay, codex: settled.codex, onConflict, threshold });
      steps.push(...overlayPreview(entries, settled, beneath, plan, others).steps);
      const codex = withChanges(settled.codex, plan.changes);
      settled = { ...settled, overlay: plan.overlay, codex, planned: plan.changes };
    }
    const { overlay, codex } = settled;
    const plan = planPreview({ key, head, touched, overlay, codex, onConflict, threshold });
    const laid = overlayPreview(entries, settled, key, plan, touched);
    return { ...laid, steps: joinSteps(steps, laid) };
  }

  /** The run of a closed pull request, as `closePreview` does. */
  close(number: number, wasMerged: boolean, isSilent: boolean): Promise<string> {
    return this.conclude('closed', async () => {
      const pull = this.repository.pulls.get(number);
      const { manifest } = this.test;
      const keys = [pullRequestKey(number), branchKey(pull?.branch ?? '')].filter((key) => manifest.previews.has(key));
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
        from: { environment: from, branch: from, manifest: state.manifest, entries: state.entries },
        to: { environment: to, branch: to, manifest: target, entries: folder.entries },
        production,
      };
      if (lineProblem(question, false) !== undefined) return 'stable';
      const promotion = planPromotion({ ...question, ...options, allowEmpty: false });
      const { overlayPlan, editsReleased } = promotion;
      const replaces = promotion.manifest !== target && production && isOrdered(target.source, source);
      const commits = createCommitReader(
        this.repository.history(this.repository.commits[0] as never, true),
        this.repository.api(isSilent),
      );
      const asks = replaces && target.source && asksForOrder(target.source, source);
      const relation = asks && target.source ? await commits(target.source, source) : 'same';
      if (replaces && target.source && !allowOlder) checkOrder(relation, target.source, source);
      const run = runOf(source);
      const holds = createHoldReader({ ...REQUESTS[to], ...options }, { now }, commits);
      const verdict = await holds.decide(target, { run, texts: promotion.released, isByName });
      if (verdict.kind === 'held') return verdict.kind;
      const rollsBack = replaces && isRollBack(relation, target.source, run, from === to);
      const left = await holds.leave(verdict, target, promotion.manifest, rollsBack);
      const copied = releaseEdits ? this.releasedEdits : this.copiedEdits;
      for (const path of editsReleased.keys()) copied.add(`${path}\0${state.entries.get(path)?.document?.id}`);
      return this.publish(folder, withHold(promotion.manifest, left), overlayPlan, undefined);
    });
  }
}

const START = new Date(Date.UTC(2026, 5, 1));
const now = () => START;
