import { previewLabel } from '../codex/overlay.ts';
import { environmentLine, RULE } from '../report/banner.ts';
import { branchSentence, changeLines } from '../report/changes.ts';
import type { Console } from '../report/console.ts';
import { repositoryName } from '../text/names.ts';
import { printable } from '../text/printable.ts';
import {
  branchUrl,
  commitUrl,
  comparisonUrl,
  type ProjectOutcome,
  type ReleaseResult,
  replacedTexts,
} from './report.ts';
import type { PromoteRequest, RetireRequest } from './request.ts';
import {
  conclusionIcon,
  conclusionSentence,
  failureSentence,
  holdLines,
  nextStep,
  nounOf,
  sourcePhrase,
  stateOf,
  warningSentences,
  waysBack,
} from './words.ts';

/** Writes the log's end: what became of each project, what needs a look, where it is now; then what failed, as an error. */
export function writeReleaseLog(result: ReleaseResult, console: Console): void {
  const { request, branch } = result;
  const created = branchSentence(branch, request.environment, result.created);
  if (created) console.line(created);
  for (const one of result.projects) writeProject(result, one, console);
  for (const sentence of warningSentences(result)) console.warning(sentence);

  console.line(RULE);
  console.line(`${conclusionIcon(result)} COMPLETED: ${nounOf(result)}`);
  console.line(conclusionSentence(result));
  const comparison = comparisonUrl(result);
  if (result.commit) console.line(`Commit: ${commitUrl(result)}`);
  if (comparison) console.line(`Compare: ${comparison}`);
  if (branch !== 'would be created' && !request.dryRun)
    console.line(`Documents: ${branchUrl(result, request.environment.branch)}`);
  const next = nextStep(result);
  if (next) console.line(`Next: ${next}`);
  for (const { text, inputs } of waysBack(result)) {
    console.line(text);
    for (const input of inputs) console.line(`  ${input}`);
  }
  const failure = failureSentence(result);
  if (failure === undefined) return;
  console.error(failure);
  console.fail();
}

function writeProject(result: ReleaseResult, one: ProjectOutcome, console: Console): void {
  const { plan } = one;
  const source = sourcePhrase(one);
  const title = `${printable(one.project)}: ${stateOf(result, one)}${source ? `, from ${printable(source)}` : ''}`;
  const lines = [
    // Of a single project the error stands below, as the run's.
    ...(one.error === undefined || result.projects.length === 1 ? [] : [one.error]),
    ...changeLines(plan?.changes ?? [], replacedTexts(result, one)),
    ...(plan?.withheld ?? []).map((path) => `withheld ${printable(path)}`),
    ...holdLines(result, one),
    ...(one.previews.length > 0 ? [`not released: the previews of ${one.previews.map(previewLabel).join(', ')}`] : []),
  ];
  if (lines.length > 0) console.group(`${title} (${lines.length})`, lines);
  else console.line(title);
}

/** The opening lines of the log. */
export function renderReleaseBanner(request: PromoteRequest | RetireRequest): string[] {
  const { mode, codex, environment, projects, dryRun } = request;
  const lines = [
    `🎯 STARTING: ${mode === 'promote' ? 'Promotion' : 'Retirement'}`,
    `${projects.length === 1 ? 'Project' : 'Projects'}: ${projects.map((project) => printable(project)).join(', ')}`,
    `Codex: ${repositoryName(codex)}`,
  ];
  if (request.mode === 'promote') {
    const { environment: from, commit } = request.from;
    lines.push(`From: ${from.name} (branch: ${printable(from.branch)})${commit ? ` at commit ${commit}` : ''}`);
  }
  return [...lines, environmentLine(environment), ...(dryRun ? ['Dry run: nothing will be written'] : []), RULE];
}
