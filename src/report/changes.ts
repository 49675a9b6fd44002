import type { Change } from '../codex/changes.ts';
import { type HoldOutcome, holdPhrase } from '../codex/hold.ts';
import type { Hold } from '../codex/manifest.ts';
import type { Environment } from '../inputs/environment.ts';
import type { Mode } from '../inputs/readers.ts';
import type { DeletionThreshold, WritingRequest } from '../inputs/request.ts';
import { count, nameSome, printable, SHORT_ID } from '../text/phrases.ts';
import { inputName, inputValue, modeName, spelled, spellsFlags, theInput } from '../text/spell-inputs.ts';
import type { Link, Span, Undo } from './model.ts';

/** State of the environment's branch in a run that writes. */
export type BranchState = 'found' | 'created' | 'would be created';

/** The origin of a created branch, and its earlier deletion if GitHub reports one. */
export interface CreatedBranch {
  /** Commit of the production branch. */
  readonly base: string;
  readonly deletion: { readonly time: string; readonly commit: string } | undefined;
}

const BRANCH_NOTES: Readonly<Record<BranchState, string>> = {
  created: ' (created)',
  'would be created': ' (does not exist; would be created)',
  found: '',
};

/** @returns `undefined` if the branch exists */
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

/** The same fact, as a note after the branch's name in a summary. */
export function branchNote(
  state: BranchState,
  { productionBranch }: Environment,
  created: CreatedBranch | undefined,
): Span {
  if (!created) return { own: BRANCH_NOTES[state] };
  return ` (created from ${productionBranch} at ${created.base.slice(0, SHORT_ID)}, so it starts with the documents of production)`;
}

/** Warns that a deleted branch was created again: the documents of other projects are missing from it. */
export function createdWarnings({ branch }: Environment, created: CreatedBranch | undefined): string[] {
  const { deletion } = created ?? {};
  if (!deletion) return [];
  const day = printable(deletion.time, 40);
  return [
    `Branch ${printable(branch)} was deleted (${day}), and this run created it again from production: documents that other projects published only to this branch are missing there until their next run. ` +
      `Its last commit was ${deletion.commit}.`,
  ];
}

/** A warning that names documents, between the problem and the hint; empty without documents. */
export function warnAbout(problem: string, paths: readonly string[], hint?: string): string[] {
  if (paths.length === 0) return [];
  return [`${problem}: ${nameSome(paths)}.${hint === undefined ? '' : ` ${hint}`}`];
}

/** `docs/a.md (a reason)` */
export function withReasons(reasons: Iterable<readonly [path: string, reason: string]>): string[] {
  return [...reasons].map(([path, reason]) => `${path} (${reason})`);
}

export function withheldSentence(paths: readonly string[], threshold: DeletionThreshold, be = ''): string {
  return (
    `${count(paths.length, 'deletion')} ${be}withheld, more than ${threshold.count} documents or ${threshold.percent} per cent of the published ones: ${nameSome(paths)}. ` +
    `If ${paths.length === 1 ? 'it is' : 'they are'} intended, raise ${theInput('deletion-threshold', 'deletion-threshold-percent')}.`
  );
}

/** Documents that were not generated this time are kept. @param missing path -> pattern */
export function missingSentence(missing: ReadonlyMap<string, string>): string {
  const globs = [...new Set(missing.values())];
  const patterns = globs.length === 1 ? 'a pattern' : 'patterns';
  return (
    `${count(missing.size, 'deletion')} withheld, because ${patterns} of ${inputName('include-ignored')} (${nameSome(globs)}) ${globs.length === 1 ? 'selects' : 'select'} no file that git ignores this time: ${nameSome([...missing.keys()])}. ` +
    `Generate the documents ${spelled({ workflow: 'before this step', terminal: 'first' })}. To delete them, remove the ${globs.length === 1 ? 'pattern' : 'patterns'}.`
  );
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['uncovered', 'its preview was closed'],
  ['stood there before', 'was there before'],
  ['covered', 'as a preview shows it'],
]);

/** The reason of a change, after the document's name: ` (moved)`; empty for a plain change of the project. */
function whyPhrase(because: string | undefined): string {
  return because === undefined ? '' : ` (${WHY.get(because) ?? because})`;
}

type ShownChange = Pick<Change, 'path' | 'action' | 'because'>;
type Gone = 'deleted' | 'removed';

/** A change as the log lists it; all verbs have the same width. */
export function changeLine({ path, action, because }: ShownChange, gone: Gone = 'deleted'): string {
  const verb = { add: 'added', modify: 'modified', delete: gone }[action];
  return `${verb.padEnd('modified'.length)} ${printable(path)}${whyPhrase(because)}`;
}

/** The same, each with the link to the text that it replaced, if there is one. */
export function changeLines(changes: readonly ShownChange[], replaced: readonly Link[]): string[] {
  const urls = new Map(replaced.map(({ text, url }) => [text, url]));
  return changes.map((change) => {
    const url = urls.get(change.path);
    return `${changeLine(change)}${url === undefined ? '' : `, replacing ${url}`}`;
  });
}

/** The first cell of a change in the summary's tables. */
export function changeCell({ action, because }: Omit<ShownChange, 'path'>, gone: Gone = 'deleted'): Span {
  const verb = { add: '🟢 added', modify: '🟡 modified', delete: `🔴 ${gone}` }[action];
  return { own: `${verb}${whyPhrase(because)}` };
}

/** Documents that another spelling keeps out of the codex, with reasons: never published ones, and removed ones. */
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

/** The only error of a run with failures: the number of failures, and the first ones with their reasons. */
export function failureLines(
  head: string,
  failed: readonly { readonly name: string; readonly error: string | undefined }[],
): string {
  const named = failed.slice(0, MAX_ERRORS).map(({ name, error }) => `${printable(name)}: ${error}`);
  const more = failed.length > named.length ? [`… and ${failed.length - named.length} more, in the summary`] : [];
  return [head, ...named, ...more].join('\n');
}

export function changesJson(changes: readonly Change[]) {
  return changes.map(({ path, action, because }) => ({ path, action, ...(because && { because }) }));
}

/** Spells a whole run, line by line, from names and ids only. @param inputs name -> value */
export function spellRun(mode: Mode, projects: readonly string[], inputs: Readonly<Record<string, string>>): string[] {
  const given = Object.entries(inputs).map(([name, value]) => inputValue(name, value));
  if (spellsFlags()) return [[modeName(mode), ...projects, ...given].join(' ')];
  // YAML reads no name in a block scalar as a number.
  const block = projects.length > 0 ? ['project: |', ...projects.map((project) => `  ${project}`)] : [];
  return [inputValue('mode', mode), ...block, ...given];
}

/** More names would fill the summary. */
const MAX_UNDONE = 200;

/**
 * Undoes a publication of projects that the environment had before it: their promotion from the commit before.
 * @param parent commit of the codex before the publication
 */
export function undoByPromotion(
  projects: readonly string[],
  { name }: Pick<Environment, 'name'>,
  parent: string,
): Undo {
  const isNamed = projects.length <= MAX_UNDONE;
  const inputs = { from: `${name}@${parent}`, env: name, 'allow-older': 'true' };
  return {
    text: `To take this back, promote ${isNamed ? '' : 'the same projects '}with`,
    inputs: spellRun('promote', isNamed ? projects : [], inputs),
  };
}

/** Describes the hold of a roll-back, or the lifted hold. A commit that is held back is a warning instead. */
export function holdNote(
  outcome: HoldOutcome | undefined,
  { dryRun }: Pick<WritingRequest, 'dryRun'>,
): string | undefined {
  if (outcome === undefined || outcome.kind === 'held') return undefined;
  const { hold } = outcome;
  if (outcome.kind === 'lifted') return `The hold ${dryRun ? 'would be' : 'is'} lifted: ${holdPhrase(hold)}.`;
  const { commit, ref, documents } = hold;
  return (
    `This roll-back ${dryRun ? 'would hold' : 'holds'}: commit ${commit.slice(0, SHORT_ID)}${ref === undefined ? '' : ` (${printable(ref)})`} and older ones are not published again, ` +
    `nor is a later commit that still has one of its texts (${count(documents.size, 'document')}). ` +
    `A release under another tag, a promotion of the project by its name, or "${inputValue('release-hold', 'true')}" lifts the hold.`
  );
}

export function holdJson({ kind, hold }: HoldOutcome) {
  return { kind, ...heldJson(hold) };
}

export function heldJson({ documents, ...about }: Hold) {
  return { ...about, documents: [...documents.keys()] };
}
