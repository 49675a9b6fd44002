import { digestPatterns, type PatternLists, type Patterns } from '../documents/patterns.ts';
import type { Selection } from '../documents/select.ts';
import type { ProjectTrigger } from '../inputs/trigger.ts';
import { count, nameSome } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import type { ChangePlan } from './changes.ts';
import type { Source, UsedPatterns } from './manifest.ts';

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
  const reason = `published with other patterns by ${other.workflow ?? 'a terminal'}, which decides whether it goes`;
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
    otherwiseSelected.length === 1 ? ['It', 'it', 'goes', 'stays'] : ['They', 'them', 'go', 'stay'];
  const isWithheld = otherwiseSelected.some((path) => withheld.includes(path));
  const outcome = isWithheld ? `${they} ${stay}, since the guard withholds ${them}` : `${they} ${go}`;
  if (before.every((name) => name === named(run))) {
    return `The patterns of ${named(run)} changed since it published last. Now it does not select ${documents} ${selects}: ${paths}. ${outcome}.`;
  }
  return (
    `The last documents were published by ${before.join(' and ')} with other patterns. ${named(run)} ${selects} does not select ${documents}: ${paths}. ${outcome}. ` +
    'Two workflows with different patterns delete each other\'s documents: give both the same patterns, in the configuration, or give one of them a "project" of its own.'
  );
}

function listed(input: string, globs: readonly string[]): string {
  return globs.length === 0 ? '' : `; ${input} ${nameSome(globs)}`;
}
