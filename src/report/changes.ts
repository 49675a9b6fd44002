import type { Change } from '../codex/changes.ts';
import { type HoldOutcome, holdPhrase } from '../codex/hold.ts';
import type { Hold } from '../codex/manifest.ts';
import type { Environment } from '../inputs/environment.ts';
import type { Mode } from '../inputs/readers.ts';
import type { DeletionThreshold, WritingRequest } from '../inputs/request.ts';
import type { Trigger } from '../inputs/trigger.ts';
import { count, nameSome, printable, SHORT_ID } from '../text/phrases.ts';
import type { Link, Span } from './model.ts';

/** How the environment's branch was met by a run that writes. */
export type BranchState = 'found' | 'created' | 'would be created';

/** What a branch was created from, and that it was there before, as far as GitHub tells. */
export interface CreatedBranch {
  /** Commit of the production branch. */
  readonly base: string;
  readonly deletion: { readonly time: string; readonly commit: string } | undefined;
}

/** What stands behind the branch's name. */
const BRANCH_NOTES: Readonly<Record<BranchState, string>> = {
  created: ' (created)',
  'would be created': ' (does not exist; would be created)',
  found: '',
};

/** That the branch was created, or would be; `undefined` where it is there. */
export function branchSentence(
  state: BranchState,
  environment: Environment,
  created: CreatedBranch | undefined,
): string | undefined {
  if (state === 'found') return undefined;
  const name = printable(environment.branch);
  const at = created ? ` at ${created.base.slice(0, SHORT_ID)}, so it starts with the documents of production` : '';
  const origin = environment.production
    ? 'created with an empty commit'
    : `created from ${printable(environment.productionBranch)}${at}`;
  return state === 'created' ? `Branch ${name} was ${origin}` : `Branch ${name} does not exist; it would be ${origin}`;
}

/** The same behind the branch's name in a summary. */
export function branchNote(
  state: BranchState,
  { productionBranch }: Environment,
  created: CreatedBranch | undefined,
): Span {
  if (!created) return { own: BRANCH_NOTES[state] };
  return ` (created from ${productionBranch} at ${created.base.slice(0, SHORT_ID)}, so it starts with the documents of production)`;
}

/** That a branch was created which was there before: what other projects had there is gone from it. */
export function createdWarnings({ branch }: Environment, created: CreatedBranch | undefined): string[] {
  const { deletion } = created ?? {};
  if (!deletion) return [];
  const day = printable(deletion.time, 40);
  return [
    `Branch ${printable(branch)} was deleted (${day}), and this run created it again from production: documents that other projects published only to this branch are missing there until their next run. ` +
      `Its last commit was ${deletion.commit}.`,
  ];
}

/** A warning that names documents, between the problem and what to do; none where there are no documents. */
export function warnAbout(problem: string, paths: readonly string[], hint?: string): string[] {
  if (paths.length === 0) return [];
  return [`${problem}: ${nameSome(paths)}.${hint === undefined ? '' : ` ${hint}`}`];
}

/** `docs/a.md (a reason)` */
export function withReasons(reasons: Iterable<readonly [path: string, reason: string]>): string[] {
  return [...reasons].map(([path, reason]) => `${path} (${reason})`);
}

/** Why deletions were not made, and what to do. */
export function withheldSentence(paths: readonly string[], threshold: DeletionThreshold, be = ''): string {
  return (
    `${count(paths.length, 'deletion')} ${be}withheld, more than ${threshold.count} documents or ${threshold.percent} per cent of the published ones: ${nameSome(paths)}. ` +
    `If ${paths.length === 1 ? 'it is' : 'they are'} intended, raise the inputs "deletion-threshold" and "deletion-threshold-percent".`
  );
}

/** Why documents that nobody generated this time stay, and how to remove them. @param missing path -> pattern */
export function missingSentence(missing: ReadonlyMap<string, string>): string {
  const globs = [...new Set(missing.values())];
  const patterns = globs.length === 1 ? 'a pattern' : 'patterns';
  return (
    `${count(missing.size, 'deletion')} withheld, because ${patterns} of "include-ignored" (${nameSome(globs)}) ${globs.length === 1 ? 'selects' : 'select'} no file that git ignores this time: ${nameSome([...missing.keys()])}. ` +
    `Generate the documents before this step. To delete them, remove the ${globs.length === 1 ? 'pattern' : 'patterns'}.`
  );
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['uncovered', 'its preview was closed'],
  ['stood there before', 'was there before'],
  ['covered', 'as a preview shows it'],
]);

/** Why a document was changed, behind its name: ` (moved)`; nothing where it is simply what the project did. */
function whyPhrase(because: string | undefined): string {
  return because === undefined ? '' : ` (${WHY.get(because) ?? because})`;
}

type ShownChange = Pick<Change, 'path' | 'action' | 'because'>;
/** What became of a document that is gone. */
type Gone = 'deleted' | 'removed';

/** A change as the log lists it; all verbs are of one width. */
export function changeLine({ path, action, because }: ShownChange, gone: Gone = 'deleted'): string {
  const verb = { add: 'added', modify: 'modified', delete: gone }[action];
  return `${verb.padEnd('modified'.length)} ${printable(path)}${whyPhrase(because)}`;
}

/** The same, each with what it replaced, where that is to be seen. */
export function changeLines(changes: readonly ShownChange[], replaced: readonly Link[]): string[] {
  const urls = new Map(replaced.map(({ text, url }) => [text, url]));
  return changes.map((change) => {
    const url = urls.get(change.path);
    return `${changeLine(change)}${url === undefined ? '' : `, replacing ${url}`}`;
  });
}

/** What a change does, as the summary's tables begin. */
export function changeCell({ action, because }: Omit<ShownChange, 'path'>, gone: Gone = 'deleted'): Span {
  const verb = { add: '🟢 added', modify: '🟡 modified', delete: `🔴 ${gone}` }[action];
  return { own: `${verb}${whyPhrase(because)}` };
}

/** What another spelling keeps out of the codex, with the reason: what was not there, and what was taken away for it. */
export function heldBackPhrases(
  heldBack: ReadonlyMap<string, string>,
  changes: readonly Pick<Change, 'path' | 'action'>[],
): { readonly unpublished: string[]; readonly removed: string[] } {
  const deleted = new Set(changes.flatMap(({ path, action }) => (action === 'delete' ? [path] : [])));
  const phrases = (isRemoved: boolean) =>
    withReasons([...heldBack].filter(([path]) => deleted.has(path) === isRemoved));
  return { unpublished: phrases(false), removed: phrases(true) };
}

const MAX_ERRORS = 10;

/** The one error of a run in which not all went well: how many did not, and the first of them with their reasons. */
export function failureLines(
  head: string,
  failed: readonly { readonly name: string; readonly error: string | undefined }[],
): string {
  const named = failed.slice(0, MAX_ERRORS).map(({ name, error }) => `${printable(name)}: ${error}`);
  const more = failed.length > named.length ? [`… and ${failed.length - named.length} more, in the summary`] : [];
  return [head, ...named, ...more].join('\n');
}

/** Changes as `result` lists them. */
export function changesJson(changes: readonly Change[]) {
  return changes.map(({ path, action, because }) => ({ path, action, ...(because && { because }) }));
}

type Started = Pick<Trigger, 'kind'>;

/** An input as it is said where the run was started: in YAML in a workflow, as a flag at a terminal. */
export function spellInput(started: Started, name: string, value?: string): string {
  if (started.kind !== 'terminal') return value === undefined ? name : `${name}: ${value}`;
  return value === undefined || value === 'true' ? `--${name}` : `--${name} ${value}`;
}

/** The same for a mode. */
export function spellMode(started: Started, mode: Mode): string {
  return started.kind === 'terminal' ? `codex-sync ${mode}` : `mode: ${mode}`;
}

/**
 * The same for a whole run, line by line; of names and ids only.
 * @param inputs name -> value
 */
export function spellRun(
  started: Started,
  mode: Mode,
  projects: readonly string[],
  inputs: Readonly<Record<string, string>>,
): string[] {
  const given = Object.entries(inputs).map(([name, value]) => spellInput(started, name, value));
  if (started.kind === 'terminal') return [[spellMode(started, mode), ...projects, ...given].join(' ')];
  // A block of YAML: no name in it is read as a number.
  const block = projects.length > 0 ? ['project: |', ...projects.map((project) => `  ${project}`)] : [];
  return [spellMode(started, mode), ...block, ...given];
}

/** How long a roll-back holds and what lifts it, or which hold was lifted; what is held back is a warning. */
export function holdNote(
  outcome: HoldOutcome | undefined,
  { trigger, dryRun }: Pick<WritingRequest, 'trigger' | 'dryRun'>,
): string | undefined {
  if (outcome === undefined || outcome.kind === 'held') return undefined;
  const { hold } = outcome;
  if (outcome.kind === 'lifted') return `The hold ${dryRun ? 'would be' : 'is'} lifted: ${holdPhrase(hold)}.`;
  const { commit, ref, documents } = hold;
  return (
    `This roll-back ${dryRun ? 'would hold' : 'holds'}: commit ${commit.slice(0, SHORT_ID)}${ref === undefined ? '' : ` (${printable(ref)})`} and older ones are not published again, ` +
    `nor is a later commit that still has one of its texts (${count(documents.size, 'document')}). ` +
    `A release under another tag, a promotion of the project by its name, or "${spellInput(trigger, 'release-hold', 'true')}" lifts the hold.`
  );
}

/** A hold as `result` shows it. */
export function holdJson({ kind, hold }: HoldOutcome) {
  return { kind, ...heldJson(hold) };
}

export function heldJson({ documents, ...about }: Hold) {
  return { ...about, documents: [...documents.keys()] };
}
