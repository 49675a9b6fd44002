import { readFileSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Violation } from '../log.ts';
import { MOVE_PROMISES, REPORT_PROMISES } from '../oracle/oracle.ts';
import { nameOf, seedOfHistory } from '../random.ts';
import type { SabotagedShare } from './worker.ts';

/** A fault put into the product: one mistake that a programmer could make. */
export interface Sabotage {
  readonly name: string;
  /** In `src`. */
  readonly file: string;
  /** Text that is in the file once, and what replaces it. */
  readonly from: string;
  readonly to: string;
  /** It is found within this many histories of each of `SEEDS`. */
  readonly within: number;
}

/** The seeds whose histories must find each sabotage. */
export const SEEDS = [7, 12] as const;

const TABLE: readonly (readonly [name: string, within: number, file: string, from: string, to: string])[] = [
  // Previews
  [
    'a preview that ends becomes documents',
    100,
    'codex/preview.ts',
    'const after = withPreview(overlay, key, undefined);',
    'const [ended, documents] = [withPreview(overlay, key, undefined), new Map(overlay.documents)];\n' +
      '  for (const [path, id] of overlay.previews.get(key)?.documents ?? []) if (id) documents.set(path, id);\n' +
      '  const after = { ...ended, documents };',
  ],
  [
    'what only a preview published counts as published',
    100,
    'codex/plan-documents.ts',
    'const owned = new Map(afterClosed.overlay.documents);',
    'const owned = new Map([...afterClosed.overlay.previews.values()].flatMap((one) => [...one.documents]).filter(([, id]) => id));\n' +
      '  for (const [path, id] of afterClosed.overlay.documents) owned.set(path, id);',
  ],
  [
    'a text that a preview hides is not committed first',
    100,
    'codex/plan-documents.ts',
    'if (shown.length === 0) return changes.length === 0 ? [] : [last];',
    'if (shown.length >= 0) return changes.length === 0 ? [] : [last];',
  ],
  [
    'an open pull request ends its preview',
    100,
    'previews/find-closed.ts',
    'if (pull.open) return false;',
    'if (pull.open) return run.date !== undefined;',
  ],
  [
    'a preview is promoted',
    100,
    'promote/plan.ts',
    'const isHidden = effective.at(path).preview !== undefined;\n    const edit = isHidden ? undefined : editOf(entry, id);',
    'const isHidden = false;\n    const edit = effective.at(path).preview !== undefined ? undefined : editOf(entry, id);',
  ],
  [
    'a merged preview whose head was never previewed is adopted',
    100,
    'codex/plan-documents.ts',
    'const owned = new Map(afterClosed.overlay.documents);',
    'const owned = new Map(afterClosed.overlay.documents);\n  for (const key of closed)\n    for (const [path, id] of question.overlay.previews.get(key)?.documents ?? [])\n      if (id && !owned.has(path) && !selection.documents.has(path)) owned.set(path, id);',
  ],
  [
    'a closed event that is late ends the preview of a pull request that is open again',
    100,
    'sync/close-pull-request.ts',
    '!(await session.projectApi.tryPull(pull.number))?.open;',
    '(await session.projectApi.tryPull(pull.number)) !== null;',
  ],
  [
    'an edit goes with its preview',
    100,
    'codex/preview.ts',
    'if (theirs && theirs.id !== shown.at(path).id) {\n      kept.set(path, shown.at(path).id);\n      continue;\n    }\n',
    '',
  ],
  [
    'an older head replaces a newer one in a preview',
    300,
    'sync/facts.ts',
    'if (now) return superseded(now.headCommit === published?.commit ? published : undefined);',
    "if (now) return { order: 'go', published, rollsBack: false };",
  ],
  // Races and answers
  ['a push is forced', 100, 'git/codex-commit.ts', 'lease, codex.url, `', 'codex.url, `+'],
  [
    'the lease names the tip of now, not of the plan',
    100,
    'publish/publish.ts',
    "return { kind: 'push', made, isNew",
    "return { kind: 'push', made: { ...made, tip: (await readTipAgain(session, branch, codex.fullName)).commit }, isNew",
  ],
  [
    'a retry reports the first plan',
    100,
    'publish/publish.ts',
    'planned,\n        parent: tip.commit,\n        commit: made.commit,',
    'planned: first,\n        parent: tip.commit,\n        commit: made.commit,',
  ],
  [
    'a lost answer counts as a failed push',
    100,
    'publish/publish.ts',
    'written.push(result);',
    'if (attempts > 1) written.push(result);',
  ],
  [
    'a dry run writes',
    100,
    'publish/publish.ts',
    'if (request.dryRun || (!found.exists && !needsBranch)) {',
    'if ((request.dryRun && !found.exists) || (!found.exists && !needsBranch)) {',
  ],
  [
    'a retry publishes its first plan',
    100,
    'publish/publish.ts',
    'const planned = attempts === 1 ? first : await planOn(tip);',
    'const planned = first;',
  ],
  [
    'a retry does not read the branch again',
    100,
    'publish/publish.ts',
    ': await readTipAgain(session, branch, codex.fullName, unsure.size > 0);',
    ': { tip: start, isCurrent: true };',
  ],
  [
    'after a lost answer only the tip is looked at',
    100,
    'publish/publish.ts',
    'tip.commit === commit || (await session.codexApi.contains(tip.commit, commit));',
    'tip.commit === commit;',
  ],
  [
    'a dry run creates the branch',
    100,
    'publish/publish.ts',
    'if (request.dryRun || (!found.exists && !needsBranch)) {',
    'if ((request.dryRun && found.exists) || (!found.exists && !needsBranch)) {',
  ],
  // Where to
  [
    "the checkout's configuration decides",
    100,
    'codex/merged-config.ts',
    'const { organization, codexRepo, projectName, environments } = merged;',
    'const { organization, codexRepo, projectName, environments } = { ...merged, ...own };',
  ],
  [
    "a ref's own configuration names the stable refs",
    100,
    'codex/merged-config.ts',
    '    ...rest,\n    environments,',
    '    ...rest,\n    environments: { ...own.environments, ...environments },',
  ],
  [
    'an environment is a branch of its name',
    100,
    'inputs/environment.ts',
    'const branch = branches.get(name);',
    'const branch = branches.has(name) ? branchName(name) : undefined;',
  ],
  [
    'a fork publishes',
    100,
    'inputs/guards.ts',
    'if (pull && isFork(trigger, pull.headRepository)) {',
    'if (pull && isFork(trigger, pull.headRepository) && pull.headRepository === undefined) {',
  ],
  [
    'an unmerged configuration decides where none is merged',
    100,
    'codex/merged-config.ts',
    'const { environments: _, ...rest } = own.config;\n  const config = { ...rest, environments: DEFAULT_CONFIG.environments };',
    'const config = own.config;',
  ],
  [
    'a folder of another repository is taken over',
    300,
    'codex/publication.ts',
    'if (adopt) return true;',
    "if (adopt || project !== '') return true;",
  ],
  [
    'adopt takes over the folder of a repository that is in use',
    100,
    'sync/check-codex.ts',
    'if (problem === undefined) return;',
    'if (problem !== null) return;',
  ],
  [
    'a private text becomes public',
    100,
    'sync/check-codex.ts',
    "if (codex.visibility === 'private') return;",
    "if (codex.visibility === 'private' || trigger.kind !== 'terminal') return;",
  ],
  [
    'an unknown visibility counts as public',
    100,
    'sync/check-codex.ts',
    "(await session.projectApi.tryVisibility()) ?? 'private';",
    "(await session.projectApi.tryVisibility()) ?? 'public';",
  ],
  [
    'an internal codex counts as private',
    100,
    'sync/check-codex.ts',
    "if (codex.visibility === 'private') return;",
    "if (codex.visibility !== 'public') return;",
  ],
  // The codex's own configuration
  [
    "the codex's mapping of environments is ignored",
    100,
    'codex/codex-config.ts',
    'return { ...environment, branch, production: branch === production, productionBranch: production };',
    'return environment;',
  ],
  [
    'the codex and a project may map an environment differently',
    100,
    'codex/codex-config.ts',
    'checkSame(name, environment, branch, file);',
    '',
  ],
  [
    'a folder that the codex lists for another repository is published',
    100,
    'publish/codex.ts',
    'const owns = ownsListed(owner, ours);',
    'const owns = ownsListed(owner, { ...ours, repository: owner.repository });',
  ],
  [
    'a closed list lets every project in',
    100,
    'codex/codex-config.ts',
    "return unlisted === 'refuse' ? { kind: 'unlisted', file } : { kind: 'free' };",
    "return unlisted === 'refuse' && entry ? { kind: 'unlisted', file } : { kind: 'free' };",
  ],
  // Pulls
  [
    'a pull replaces text in no commit',
    100,
    'codex/pull-plan.ts',
    'allowed.flatMap(({ path }) => (checkout.uncommitted.has(path) ?',
    'allowed.flatMap(({ path }) => (checkout.foreign.has(path) ?',
  ],
  // Whose text
  [
    "the ref's name is trusted, whatever is checked out",
    300,
    'codex/whose-text.ts',
    "const isOfNamed = position !== 'elsewhere' && isKnown;",
    'const isOfNamed = isKnown;',
  ],
  [
    'a terminal publishes what is not committed',
    100,
    'codex/whose-text.ts',
    'if (differing.length > 0)',
    'if (differing.length > 0 && facts.branch === undefined)',
  ],
  [
    "another stable ref's texts are promoted",
    100,
    'promote/plan.ts',
    "if (!production || from.branch === to.branch || line === 'release' ||",
    'if (!production || from.branch === to.branch || line !== undefined ||',
  ],
  [
    'edits are released unasked',
    300,
    'promote/plan.ts',
    'const withEdits = !production || releaseEdits;',
    "const withEdits = !production || releaseEdits || (from.branch !== to.branch && project !== 'widgets');",
  ],
  [
    'documents left behind count as released',
    100,
    'codex/whose-text.ts',
    "if (wasThere && before.line === 'release') continue;",
    'if (wasThere) continue;',
  ],
  [
    'what a fetch wrote is published',
    100,
    'git/read-documents.ts',
    'const candidates = withoutFetched(all, await readFetched(candidatePaths(all)));',
    'const candidates = withoutFetched(all, () => false);',
  ],
  [
    'a protected branch named like a tag is taken for it',
    100,
    'codex/stable-refs.ts',
    'if (ref.startsWith(TAGS)) return',
    "if (ref.includes('/tags/')) return",
  ],
  // Order
  [
    'commits are compared by their dates',
    100,
    'publish/relations.ts',
    'const relation = await compareCommits(published, run);',
    'const relation = relationByDates(published, run, new Date(run.date ?? 0));',
  ],
  [
    'an older commit replaces a newer one in production',
    100,
    'codex/commit-order.ts',
    "if (!options.production) return relation === 'unknown' ? 'unsure' : 'go';",
    "if (!options.production || relation === 'diverged') return relation === 'unknown' ? 'unsure' : 'go';",
  ],
  [
    'a lower version replaces a higher one',
    100,
    'codex/commit-order.ts',
    "if (versions === 'higher') return 'go';",
    "if (versions !== undefined) return 'go';",
  ],
  [
    'a hold is ignored',
    100,
    'codex/hold.ts',
    "if (releases) return { kind: 'lifted' };",
    "if (releases || ours.commit !== published) return { kind: 'lifted' };",
  ],
  [
    'a hold looks at commits alone',
    100,
    'codex/hold.ts',
    'return all.filter(({ path, id }) => !skipped.has(path) && (texts.get(path)?.id ?? null) === id);',
    'return all.filter(({ path, id }) => !skipped.has(path) && texts.get(path)?.id === undefined && id === undefined);',
  ],
  [
    'a roll-back leaves no hold',
    100,
    'codex/hold.ts',
    "if (!run.makes || run.releaseHold) return decision.kind === 'lifted' ? undefined : before.held;",
    "if (decision.kind !== 'held') return decision.kind === 'lifted' ? undefined : before.held;",
  ],
  [
    'an older run replaces a newer one in test',
    100,
    'codex/commit-order.ts',
    "relation === 'newer' && isOfSameRef(published, thisRun)) return 'superseded';",
    "relation === 'newer' && isOfSameRef(published, thisRun)) return options.production ? 'superseded' : 'go';",
  ],
  // Deletions and edits
  [
    'withheld deletions count as done',
    100,
    'codex/changes.ts',
    "for (const { action, path } of allowed) if (action === 'delete') documents.delete(path);",
    "for (const { action, path } of changes) if (action === 'delete') documents.delete(path);",
  ],
  [
    'the deletion guard asks for both limits',
    100,
    'codex/deletion-guard.ts',
    'return deletions > count || deletions * 100 > percent * owned;',
    'return deletions > count && deletions * 100 > percent * owned;',
  ],
  [
    'what only the codex has is deleted',
    100,
    'codex/three-way.ts',
    "return project ? differs : 'only in codex';",
    "return project ? differs : 'project changed';",
  ],
  [
    'a replaced edit is not listed',
    100,
    'codex/changes.ts',
    'const replaces = old && old.id !== baseOf(path) && old.id !== document.id ? old.id : undefined;',
    'const replaces = old && baseOf(path) === undefined && old.id !== document.id ? old.id : undefined;',
  ],
  [
    'an edit is taken for a change of the project',
    100,
    'codex/three-way.ts',
    "return project?.id === base ? 'codex changed' : 'both changed';",
    "return project?.id === base && codex === undefined ? 'codex changed' : 'project changed';",
  ],
  [
    'edits go with their project',
    100,
    'promote/retire.ts',
    'else if (entry.document.id !== effective.at(path).id) drifted.push(path);',
    'else if (effective.at(path).id === undefined) drifted.push(path);',
  ],
  [
    'a retirement asks for no number',
    100,
    'promote/retire.ts',
    'if (isOverThreshold(changes.length, effective.paths.length, { count: limit, percent: 100 })) {',
    'if (limit < 0) {',
  ],
  // Fetch and reports
  [
    'the cache forgets the environment',
    100,
    'fetch/cache-index.ts',
    `return \`\${organization}/\${project}/\${environment}\`;`,
    `return \`\${organization}/\${project}\`;`,
  ],
  [
    'a stale copy may be of another environment',
    300,
    'fetch/cache-index.ts',
    'one.environment === other.environment &&\n    one.branch === other.branch',
    'one.environment.length > 0 &&\n    other.environment.length > 0',
  ],
  [
    'drift is not counted',
    100,
    'codex/changes.ts',
    '      drifted.push(path);\n      if (!theirs) removedThere.push(path);',
    '      if (!theirs) removedThere.push(path);',
  ],
  [
    'a conflict is not counted where the codex keeps its text',
    100,
    'codex/changes.ts',
    'conflicts.push({ path, kept });',
    "if (kept === 'project') conflicts.push({ path, kept });",
  ],
  [
    'branch-created is always false',
    100,
    'report/write-result.ts',
    "'branch-created': result.branch === 'created',",
    "'branch-created': result.branch === 'created' && result.request.dryRun,",
  ],
  [
    'one attempt too few is told',
    100,
    'report/write-result.ts',
    'attempts: result.attempts,',
    'attempts: Math.max(0, result.attempts - 1),',
  ],
  [
    'a promotion does not list the edits that it leaves',
    100,
    'promote/plan.ts',
    'const editsLeft = new Map([...released.editsLeft].filter(([path]) => !isReleasedBefore(path)));',
    'const editsLeft = new Map([...released.editsLeft].filter(([path]) => isReleasedBefore(path)));',
  ],
  [
    'a promotion does not list previews of branches',
    100,
    'promote/run.ts',
    'previews: [...ours.manifest.previews.keys()],',
    "previews: [...ours.manifest.previews.keys()].filter((key) => !key.startsWith('heads/')),",
  ],
  [
    'on-conflict codex is ignored',
    300,
    'codex/three-way.ts',
    "return theirs && rule === 'codex' ? 'codex' : 'project';",
    "return theirs && rule === 'codex' && !ours ? 'codex' : 'project';",
  ],
  [
    'on-conflict fail is ignored',
    100,
    'codex/three-way.ts',
    "if (rule !== 'fail' || conflicts.length === 0) return;",
    "if (rule !== 'fail' || conflicts.length < 5) return;",
  ],
  // The checkout
  [
    'a dry run writes the checkout',
    100,
    'sync/write-checkout.ts',
    'waiting.get(path) ?? (request.dryRun ? undefined : await write())',
    'waiting.get(path) ?? (await write())',
  ],
  [
    'a stale copy is given although GitHub answers',
    100,
    'fetch/run.ts',
    'return await fetchCurrent(request, cacheFolder, session);',
    "const early = new CodexSyncError('remote-failed', 'Not asked yet');\n" +
      '    const current = () => fetchCurrent(request, cacheFolder, session);\n' +
      '    if (!request.fallbackToStale || request.lookupOnly) return await current();\n' +
      '    return await fetchStale(request, planQuestions(request), cacheFolder, session, early).catch(current);',
  ],
  [
    'fallback-to-stale is ignored',
    300,
    'fetch/run.ts',
    'if (!unreachable || !request.fallbackToStale || request.lookupOnly) throw error;',
    'if (!unreachable || request.lookupOnly) throw error;',
  ],
  [
    'a status says in step where an edit differs',
    400,
    'status/plan.ts',
    "state: drifted.length > 0 ? 'edited' : 'in-step' };",
    "state: drifted.length > 1 ? 'edited' : 'in-step' };",
  ],
  [
    'a status leaves out what only the source has',
    300,
    'status/run.ts',
    'const names = [...new Set(listed.names.flat())];',
    'const names = [...new Set(listed.names.at(-1))];',
  ],
  [
    'withheld is told as published',
    100,
    'report/write-result.ts',
    "if (sumOf(projects, 'withheld') > 0) return 'withheld';\n  if (commit !== undefined) return 'published';",
    "if (commit !== undefined) return 'published';\n  if (sumOf(projects, 'withheld') > 0) return 'withheld';",
  ],
  // Promises that the faults above do not reach
  [
    'a promotion takes the previews along',
    300,
    'promote/plan.ts',
    'overlay: to.manifest,',
    'overlay: { ...to.manifest, previews: from.manifest.previews },',
  ],
  [
    'a commit has at most four documents',
    300,
    'codex/plan-documents.ts',
    'const last: Step = { changes, overlay };',
    'const last: Step = { changes: changes.slice(0, 4), overlay };',
  ],
  [
    'an edit gives way where the project changed nothing',
    300,
    'codex/three-way.ts',
    "return project?.id === base ? 'codex changed' : 'both changed';",
    "return project?.id !== base ? 'both changed' : codex && project ? 'project changed' : 'codex changed';",
  ],
  [
    'an organization leaves out the first document of each project',
    300,
    'org/repository.ts',
    'selected: { ...selection,',
    'selected: { ...selection, documents: new Map([...selection.documents].slice(1)),',
  ],
  [
    'a commit is made without a change',
    300,
    'publish/commit.ts',
    'if (steps.length === 0 && next === before) return undefined;',
    'if (steps.length === 0 && next === before && next.previews.size < 2) return undefined;',
  ],
  [
    'modified documents count as added',
    100,
    'report/write-result.ts',
    "'files-added': counts.added,",
    "'files-added': counts.added + counts.modified,",
  ],
  [
    'a withheld deletion is told as blocked',
    100,
    'report/write-result.ts',
    "'blocked-paths': plan?.skippedInCodex ?? [],",
    "'blocked-paths': plan?.withheld ?? [],",
  ],
  [
    'a hold holds back what it has no text of',
    300,
    'codex/hold.ts',
    "return first ? heldByText(first) : { kind: 'lifted' };",
    "return first ? heldByText(first) : { kind: 'held', because: 'no order' };",
  ],
  [
    'what is unchanged is told as superseded',
    100,
    'sync/report.ts',
    'return conclusionOf(toWriteResult(result));',
    "return result.plan.changes.length === 0 && result.commit === undefined ? 'superseded' : conclusionOf(toWriteResult(result));",
  ],
  [
    'a pull takes files of every type',
    300,
    'codex/pull-plan.ts',
    "if (!EXTENSIONS.includes(extension)) return 'files of this type are not pulled';",
    '',
  ],
  [
    'what the codex removed stays in the checkout',
    300,
    'codex/pull-plan.ts',
    'const free = allowed.filter(({ path }) => !refused.has(path));',
    "const free = allowed.filter(({ path, action }) => !refused.has(path) && action !== 'delete');",
  ],
  [
    'one pulled document too many is told',
    100,
    'sync/report.ts',
    '{ pulled: pullsOf(result).length,',
    '{ pulled: pullsOf(result).length + (result.pulled ? 1 : 0),',
  ],
];

export const SABOTAGES: readonly Sabotage[] = TABLE.map(([name, within, file, from, to]) => ({
  ...{ name, within, file, from, to },
}));

const SRC = new URL('../../../src/', import.meta.url);
export const urlOf = ({ file }: Sabotage): string => new URL(file, SRC).href;

/** @throws Error where the text is not in the file once: the product changed, so the sabotage must change too */
export function sabotaged({ name, file, from, to }: Sabotage, source: string): string {
  const found = source.split(from).length - 1;
  if (found !== 1)
    throw new Error(`Sabotage "${name}": src/${file} has its text ${found} times, and not once: ${from}`);
  return source.replace(from, () => to);
}

/** @throws Error as `sabotaged` */
export function readSabotaged(sabotage: Sabotage): string {
  return sabotaged(sabotage, readFileSync(new URL(urlOf(sabotage)), 'utf8'));
}

/** What the histories of a list found. */
export interface Finding {
  /** Played until the first violation, that history included. */
  readonly histories: number;
  readonly runs: number;
  readonly found: { readonly seed: number; readonly violations: readonly Violation[] } | undefined;
  readonly story?: string;
}

/** Plays lists of histories on a product with a sabotage, or on the product as it is, each until a promise is broken. */
export function playSabotaged(share: SabotagedShare): Promise<Finding[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`The worker of "${share.sabotage?.name}" ended without an answer.`)));
  });
}

/** The first histories of a seed. */
export const firstHistories = (seed: number, count: number): number[] =>
  Array.from({ length: count }, (_, number) => seedOfHistory(seed, number));

/** Plays each sabotage in a worker of its own, `parallel` at a time; the promises are in the order of the table. */
export function playAll(
  parallel: number,
  listsOf: (sabotage: Sabotage) => SabotagedShare['lists'],
): Map<string, Promise<Finding[]>> {
  const rest = [...SABOTAGES];
  const findings = new Map<string, Promise<Finding[]>>();
  const settle = new Map<string, (finding: Promise<Finding[]>) => void>();
  for (const { name } of SABOTAGES)
    findings.set(
      name,
      new Promise((resolve) => {
        settle.set(name, resolve);
      }),
    );
  const work = async () => {
    for (let sabotage = rest.shift(); sabotage !== undefined; sabotage = rest.shift()) {
      const playing = playSabotaged({ sabotage, lists: listsOf(sabotage), tells: false });
      settle.get(sabotage.name)?.(playing);
      await playing.catch(() => {});
    }
  };
  for (let worker = 0; worker < parallel; worker++) void work();
  return findings;
}

/** The histories that break a promise without any sabotage, so that they prove nothing. */
export async function brokenWithout(seeds: readonly number[]): Promise<Set<number>> {
  const played = await playSabotaged({ sabotage: undefined, lists: seeds.map((seed) => [seed]), tells: false });
  return new Set(played.flatMap(({ found }) => found?.seed ?? []));
}

/** What found a sabotage. */
export interface SabotageRecord {
  /** A history of each of `SEEDS`, as `nameOf` names it; `null` where it was not found. */
  readonly histories: readonly (string | null)[];
  /** Promises that they break, the first ones first. */
  readonly promises: readonly string[];
}

const RECORDS = new URL('./sabotages.json', import.meta.url);

/** What `npm run simulate -- --sabotages --write` found last, by the name of a sabotage. */
export function readRecords(): ReadonlyMap<string, SabotageRecord> {
  return new Map(
    Object.entries(JSON.parse(readFileSync(RECORDS, 'utf8')) as { readonly [name: string]: SabotageRecord }),
  );
}

export function recordOf(findings: readonly Finding[]): SabotageRecord {
  return {
    histories: findings.map(({ found }) => (found ? nameOf(found.seed) : null)),
    promises: [...new Set(findings.flatMap(({ found }) => found?.violations ?? []).map(({ promise }) => promise))],
  };
}

export function writeRecords(records: ReadonlyMap<string, SabotageRecord>): void {
  writeFileSync(RECORDS, `${JSON.stringify(Object.fromEntries(records), undefined, 2)}\n`);
}

/** The list of a document, by the promise that a sabotage breaks first, and the promises that none breaks. */
export function renderSabotages(records: ReadonlyMap<string, SabotageRecord>): string {
  const groups = new Map<string, string[]>();
  for (const { name, file, within } of SABOTAGES) {
    const { histories, promises } = records.get(name) ?? { histories: SEEDS.map(() => null), promises: [] };
    const found = histories.map((history) => history ?? `none in ${within}`).join(', ');
    const [promise = 'none'] = promises;
    groups.set(promise, [...(groups.get(promise) ?? []), `  - ${name} (\`${file}\`): ${found}`]);
  }
  const list = [...groups].flatMap(([promise, found]) => [`- **${promise}**`, ...found]);
  const unbroken = unbrokenPromises(records);
  const count = Object.keys({ ...MOVE_PROMISES, ...REPORT_PROMISES }).length;
  const rest = unbroken.length === 0 ? 'each is broken by a sabotage' : `no sabotage breaks ${unbroken.join('; ')}`;
  return [...list, '', `Of the oracle's ${count} promises, ${rest}.`].join('\n');
}

/** The promises that nothing shows to be judged. */
function unbrokenPromises(records: ReadonlyMap<string, SabotageRecord>): string[] {
  const broken = new Set([...records.values()].flatMap(({ promises }) => promises));
  return Object.keys({ ...MOVE_PROMISES, ...REPORT_PROMISES }).filter((name) => !broken.has(name));
}
