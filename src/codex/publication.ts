import { digestPatterns, type PatternLists, type Patterns } from '../documents/patterns.ts';
import { leftOut, type Selection } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { Environment } from '../inputs/environment.ts';
import type { ProjectTrigger } from '../inputs/trigger.ts';
import { sameRepository } from '../text/names.ts';
import { count, nameSome, printable } from '../text/phrases.ts';
import { inputName, inputValue, setInput, theInput } from '../text/spell-inputs.ts';
import type { Change, ChangePlan } from './changes.ts';
import type { Manifest, Source, UsedPatterns } from './manifest.ts';
import type { Overlay, Previews } from './overlay.ts';

/**
 * The folder belongs to one repository and directory (design section 3.4). Returns whether the run takes it over.
 * @throws CodexSyncError `not-owner` naming both, unless `adopt`
 */
export function checkOwner(published: Source | undefined, ours: Source, project: string, adopt: boolean): boolean {
  if (!published || isSameOwner(published, ours)) return false;
  if (adopt) return true;
  throw new CodexSyncError(
    'not-owner',
    `projects/${project} belongs to ${place(published)}, and this is ${place(ours)}.`,
    `Give this one another name with ${theInput('project')}, or take the folder over with "${inputValue('adopt', 'true')}" in a run of a stable ref.`,
  );
}

export function isSameOwner(one: Source, other: Source): boolean {
  return sameRepository(one.repository, other.repository) && one.directory === other.directory;
}

export function place({ repository, directory }: Source): string {
  return printable(directory === '.' ? repository : `${repository} (directory ${directory})`);
}

/**
 * The manifest for a run's overlay; the very same object without a change, so that such a run makes no commit. `source`
 * moves only with `documents`, or when the folder changes hands (`takesOver`).
 * @param withheldOf default: that of the manifest, since only runs for `documents` withhold deletions of these
 */
export function planManifest(
  manifest: Manifest,
  overlay: Overlay,
  ours: Source,
  takesOver: Source | undefined,
  { withheldOf }: { readonly withheldOf?: number | undefined } = manifest,
): Manifest {
  const moved = !sameEntries(manifest.documents, overlay.documents) || becomesReleased(manifest.source, ours);
  const same = !moved && samePreviews(manifest.previews, overlay.previews) && manifest.withheldOf === withheldOf;
  if (same && !takesOver) return manifest;
  const { documents, previews } = overlay;
  const source = takesOver ?? (moved ? ours : (manifest.source ?? ours));
  const { withheldOf: _, ...others } = manifest;
  const waiting = withheldOf !== undefined && { withheldOf };
  return { ...others, documents: moved ? documents : manifest.documents, previews, source, ...waiting };
}

/** Whether a run on the release line may record so, where an earlier one could not, or was too old to. */
function becomesReleased(published: Source | undefined, ours: Source): boolean {
  return ours.line === 'release' && published?.commit !== undefined && published.line !== 'release';
}

/** Whether nothing is left of a folder that only previews made: the last one removes it. */
export function isEmptyManifest({ documents, previews, source, held }: Manifest): boolean {
  return documents.size === 0 && previews.size === 0 && source?.commit === undefined && held === undefined;
}

function samePreviews(one: Previews, other: Previews): boolean {
  return (
    one.size === other.size &&
    [...one].every(([key, { commit, date, local, documents }]) => {
      const same = other.get(key);
      const isSame =
        same?.commit === commit && same.date === date && (same.local === undefined) === (local === undefined);
      return isSame && sameEntries(same.documents, documents);
    })
  );
}

function sameEntries<T>(one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): boolean {
  return one.size === other.size && [...one.keys()].every((path) => other.get(path) === one.get(path));
}

/** @throws CodexSyncError `nothing-selected`, unless `allow-empty`: the project would lose all its documents */
export function checkSelected(
  {
    allowEmpty,
    directory,
    patterns,
  }: { readonly allowEmpty: boolean; readonly directory: string; readonly patterns: Patterns },
  selection: Selection,
  include: readonly string[] = patterns.include.map((glob) => printable(glob)),
): void {
  if (selection.documents.size > 0 || allowEmpty) return;
  const skipped = leftOut(selection);
  const place = directory === '.' ? 'the repository' : printable(directory);
  const reasons = [...skipped].map(([path, reason]) => `${path} (${reason})`);
  const why =
    reasons.length > 0
      ? `None of the files that the patterns select in ${place} can be published: ${nameSome(reasons, 5)}. Correct that`
      : `The patterns select no document in ${place}: ${include.join(', ')}. ` +
        `Correct ${inputName('include')} (sync_patterns)`;
  throw new CodexSyncError(
    'nothing-selected',
    `${why}, or ${setInput('allow-empty', 'true')} if the project should publish nothing.`,
  );
}

export interface Counts {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
}

export function countChanges(changes: Iterable<Pick<Change, 'action'>>): Counts {
  const counts = { add: 0, modify: 0, delete: 0 };
  for (const { action } of changes) counts[action]++;
  return { added: counts.add, modified: counts.modify, deleted: counts.delete };
}

/**
 * The commit message (design section 3.4). Only names of branches and refs come from outside; characters that GitHub
 * reads as a mention, a reference or a keyword are percent-encoded in them.
 */
export function renderCommitMessage(about: {
  readonly subject: string;
  readonly environment: Environment;
  readonly counts: Counts;
  readonly source: Source;
  readonly runUrl: string | undefined;
  readonly reason?: string | undefined;
}): string {
  const { counts, environment, source } = about;
  const trailers = [
    `Codex-Source: ${source.repository}${source.commit ? `@${source.commit}` : ''}`,
    ...(source.ref ? [`Codex-Ref: ${harmless(source.ref)}`] : []),
    ...(about.runUrl ? [`Codex-Run: ${about.runUrl}`] : []),
    ...(about.reason === undefined ? [] : [`Codex-Reason: ${harmlessReason(about.reason)}`]),
  ];
  return [
    about.subject,
    '',
    `Environment: ${environment.name} (branch: ${harmless(environment.branch)})`,
    `Documents: ${counts.added} added, ${counts.modified} modified, ${counts.deleted} deleted`,
    '',
    ...trailers,
    '',
  ].join('\n');
}

/** Keeps words readable, but no mention, link, or reference such as `#12` and `GH-12`. */
function harmlessReason(reason: string): string {
  return reason.replace(/(?<=\bGH)-|[^\p{L}\p{M}\p{N} .,;()/_-]/giu, (character) =>
    character === '-' ? '%2D' : encodeURIComponent(character),
  );
}

function harmless(ref: string): string {
  return ref.replace(/[^A-Za-z0-9._/-]/gu, encodeURIComponent);
}

export function usedPatterns({
  patterns,
  trigger,
}: {
  readonly patterns: Patterns;
  readonly trigger: ProjectTrigger;
}): UsedPatterns {
  const workflow = workflowName(trigger);
  return { digest: digestPatterns(patterns), ...(workflow !== undefined && { workflow }) };
}

/** Another repository's path includes its name: an organization's workflow may have the path of a project's. */
function workflowName({ workflow, repository }: ProjectTrigger): string | undefined {
  const isOwn = workflow?.toLowerCase().startsWith(`${repository.toLowerCase()}/`);
  return isOwn ? workflow?.slice(repository.length + 1) : workflow;
}

/** Other patterns than the run's that selected the last publication of the very same ref. */
export function findOtherPatterns(
  published: Source | undefined,
  ref: string | undefined,
  { digest }: UsedPatterns,
): readonly UsedPatterns[] {
  if (ref === undefined || published?.ref !== ref) return [];
  return (published.patterns ?? []).filter((one) => one.digest !== digest);
}

/** `areLeft`: documents stay that only other patterns select, so those count for the next run as well. */
export function patternsAfter(
  ours: UsedPatterns,
  others: readonly UsedPatterns[],
  areLeft: boolean,
): readonly UsedPatterns[] {
  return areLeft ? [...others, ours] : [ours];
}

/**
 * The selection of a run for many projects, without documents that another workflow published with other patterns, such
 * as its generated ones: the two would delete and publish them in turns. `owned` are paths of the manifest.
 */
export function withOthersDocuments<Selected extends Selection>(
  selection: Selected,
  owned: Iterable<string>,
  { workflow: ours }: UsedPatterns,
  others: readonly UsedPatterns[],
): { readonly selection: Selected; readonly isLeft: boolean } {
  const other = others.find(({ workflow }) => workflow !== ours);
  const skipped = new Map(selection.skipped);
  if (!other) return { selection, isLeft: false };
  const reason = `published with other patterns by ${other.workflow ?? 'a terminal'}, which decides whether to delete it`;
  for (const path of owned) {
    const isKnown = selection.documents.has(path) || skipped.has(path) || selection.nonDocuments?.has(path);
    if (!isKnown) skipped.set(path, reason);
  }
  const isLeft = skipped.size > selection.skipped.size;
  return { selection: isLeft ? { ...selection, skipped } : selection, isLeft };
}

/** Why documents go, or would: patterns of an earlier run of the same ref selected them. */
export function patternsWarning(
  { patterns, run }: { readonly patterns: PatternLists; readonly run: UsedPatterns },
  others: readonly UsedPatterns[],
  { otherwiseSelected = [], withheld }: Pick<ChangePlan, 'otherwiseSelected' | 'withheld'>,
): string {
  const named = ({ workflow }: UsedPatterns) => (workflow === undefined ? 'a terminal' : printable(workflow));
  const before = [...new Set(others.map(named))];
  const paths = nameSome(otherwiseSelected);
  const documents = count(otherwiseSelected.length, 'published document');
  const selects = `(include ${nameSome(patterns.include)}${listed('exclude', patterns.exclude)}${listed('include-ignored', patterns.includeIgnored)})`;
  const [they, them, go, stay] =
    otherwiseSelected.length === 1 ? ['It', 'it', 'is deleted', 'stays'] : ['They', 'them', 'are deleted', 'stay'];
  const isWithheld = otherwiseSelected.some((path) => withheld.includes(path));
  const outcome = isWithheld ? `${they} ${stay}, since the guard withholds ${them}` : `${they} ${go}`;
  if (before.every((name) => name === named(run))) {
    return `The patterns of ${named(run)} changed since it published last. Now it does not select ${documents} ${selects}: ${paths}. ${outcome}.`;
  }
  return (
    `The last documents were published by ${before.join(' and ')} with other patterns. ${named(run)} ${selects} does not select ${documents}: ${paths}. ${outcome}. ` +
    `Two workflows with different patterns delete each other's documents: give both the same patterns, in the configuration, or give one of them a ${inputName('project')} of its own.`
  );
}

function listed(input: string, globs: readonly string[]): string {
  return globs.length === 0 ? '' : `; ${input} ${nameSome(globs)}`;
}
