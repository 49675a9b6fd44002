import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { SabotagedShare } from './sabotage-worker.ts';

/** A fault put into the product: one mistake that a programmer could make. */
export interface Sabotage {
  readonly name: string;
  /** In `src`. */
  readonly file: string;
  /** Text that is in the file once, and what replaces it. */
  readonly from: string;
  readonly to: string;
  /** It is found within this many histories of `SEED`. */
  readonly within: number;
}

/** The seed of the histories that must find each sabotage. */
export const SEED = 7;

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
    100,
    'promote/plan.ts',
    'const withEdits = !production || releaseEdits;',
    'const withEdits = true;',
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
    "if ((texts.get(path)?.id ?? null) === id) return { kind: 'held', because: 'its text', path };",
    "if (texts.get(path)?.id === undefined && id === undefined) return { kind: 'held', because: 'its text', path };",
  ],
  [
    'a roll-back leaves no hold',
    100,
    'codex/hold.ts',
    "if (!run.makes || run.releaseHold) return decision.kind === 'lifted' ? undefined : before.held;",
    "if (decision.kind !== 'held') return decision.kind === 'lifted' ? undefined : before.held;",
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
    'withheld is told as published',
    100,
    'report/write-result.ts',
    "if (sumOf(projects, 'withheld') > 0) return 'withheld';\n  if (commit !== undefined) return 'published';",
    "if (commit !== undefined) return 'published';\n  if (sumOf(projects, 'withheld') > 0) return 'withheld';",
  ],
];

export const SABOTAGES: readonly Sabotage[] = TABLE.map(([name, within, file, from, to]) => ({
  ...{ name, within, file, from, to },
}));

const SRC = new URL('../../src/', import.meta.url);
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

/** What the histories found. */
export interface Finding {
  /** Played until the first violation, that history included. */
  readonly histories: number;
  readonly runs: number;
  readonly found: { readonly seed: number; readonly promise: string; readonly text: string } | undefined;
  readonly story?: string;
}

/** Plays histories on a product with a sabotage, or on the product as it is, until a promise is broken. */
export function playSabotaged(share: SabotagedShare): Promise<Finding> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./sabotage-worker.ts', import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`The worker of "${share.sabotage}" ended without an answer.`)));
  });
}

/** Plays each sabotage in a worker of its own, `parallel` at a time; the promises are in the order of the table. */
export function playAll(parallel: number): Map<string, Promise<Finding>> {
  const rest = [...SABOTAGES];
  const findings = new Map<string, Promise<Finding>>();
  const settle = new Map<string, (finding: Promise<Finding>) => void>();
  for (const { name } of SABOTAGES)
    findings.set(
      name,
      new Promise((resolve) => {
        settle.set(name, resolve);
      }),
    );
  const work = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const { name, within } = next;
      const playing = playSabotaged({ sabotage: name, seed: SEED, histories: within, tells: false });
      settle.get(name)?.(playing);
      await playing.catch(() => {});
    }
  };
  for (let worker = 0; worker < parallel; worker++) void work();
  return findings;
}

/** The table of a document. */
export function renderSabotages(findings: ReadonlyMap<string, Finding>): string {
  const rows = SABOTAGES.map(({ name, file }) => {
    const { histories, runs, found } = findings.get(name) ?? { histories: 0, runs: 0, found: undefined };
    return `| ${name} | \`${file}\` | ${found ? histories : `none in ${histories}`} | ${runs} | ${found?.promise ?? ''} |`;
  });
  return [
    `| sabotage | file | histories of seed ${SEED} | runs | broken promise |`,
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
