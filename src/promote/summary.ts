import { previewLabel } from '../codex/overlay.ts';
import { branchNote, ICONS, whyPhrase } from '../report/changes.ts';
import { fold, markdownCode, markdownLink, markdownText, renderFacts, renderWarnings } from '../report/markdown.ts';
import { repositoryName } from '../text/names.ts';
import { SHORT_ID } from '../text/phrases.ts';
import {
  branchUrl,
  commitUrl,
  comparisonUrl,
  countsOf,
  editUrl,
  failedOf,
  type ProjectOutcome,
  type ReleaseResult,
  replacedTexts,
  sourceUrl,
  textUrls,
} from './report.ts';
import {
  conclusionIcon,
  conclusionSentence,
  holdLines,
  nextStep,
  nounOf,
  sourcePhrase,
  stateOf,
  warningSentences,
  waysBack,
} from './words.ts';

/** Of four lists each, and of a fifth for two more: with what else there is to say they stay below 900 KB. */
const MAX_BYTES = 185_000;

const list = (title: string, head: readonly string[], rows: readonly string[], limit = MAX_BYTES) =>
  fold(title, head, rows, limit);

/** The job summary: what happened, every project, every change with its texts on both sides, and what to decide on. */
export function renderReleaseSummary(result: ReleaseResult): string {
  const { request, projects } = result;
  const next = nextStep(result);
  const failed = failedOf(result);
  const parts = [
    `## ${conclusionIcon(result)} Codex Sync: ${nounOf(result)} ${markdownText(result.from ? `${result.from.environment} → ` : '')}${markdownText(request.environment.name)}`,
    `**${markdownText(conclusionSentence(result))}**`,
    factsOf(result),
    ...list(
      '❌ Failed',
      [],
      failed.map(({ project, error }) => `- ${markdownCode(project)}: ${markdownText(error ?? '')}`),
      MAX_BYTES / 5,
    ),
    ...renderWarnings(warningSentences(result)),
    ...list(
      'Projects',
      ['| Project | State | Added | Modified | Deleted | Made from |', '|---|---|---|---|---|---|'],
      projects.map((one) => projectRow(result, one)),
    ),
    ...list(
      'Roll-backs',
      [],
      projects.flatMap((one) =>
        holdLines(result, one).map((note) => `- ${markdownCode(one.project)}: ${markdownText(note)}`),
      ),
      MAX_BYTES / 5,
    ),
    ...list('To decide', ['| | Project | Document | Texts |', '|---|---|---|---|'], decisions(result)),
    ...list(
      request.dryRun ? 'Changes that would be made' : 'Changes',
      ['| | Project | Document | Texts |', '|---|---|---|---|'],
      projects.flatMap((one) =>
        (one.plan?.changes ?? []).map(({ path, action, because }) =>
          textRow(result, one, path, `${ICONS[action]}${whyPhrase(because)}`),
        ),
      ),
    ),
    ...list(
      request.dryRun ? 'Texts that would be replaced' : 'Texts that were replaced',
      [],
      projects.flatMap((one) =>
        replacedTexts(result, one).map(({ path, url }) => `- ${markdownLink(`${one.project}/${path}`, url)}`),
      ),
    ),
    ...(next ? [`**Next:** ${markdownText(next)}`] : []),
    // To be copied, so without the invisible spaces that keep a text from being read as a mention.
    ...waysBack(result).flatMap(({ text, inputs }) => [
      markdownText(text),
      ...(inputs.length > 0 ? [['```yaml', ...inputs, '```'].join('\n')] : []),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function factsOf(result: ReleaseResult): string {
  const { request, from, codex, branch, commit } = result;
  const target = request.environment.branch;
  const comparison = comparisonUrl(result);
  const rows = [
    ...(from
      ? [
          [
            'From',
            `${markdownText(repositoryName(codex))}, branch ${markdownLink(from.branch, branchUrl(result, from.branch))} at ${markdownCode(from.commit.slice(0, SHORT_ID))}`,
          ],
        ]
      : []),
    [
      from ? 'To' : 'In',
      `${markdownText(repositoryName(codex))}, branch ${markdownLink(target, branchUrl(result, target))}${branchNote(branch, request.environment, result.created)}`,
    ],
    ...(comparison ? [['Compare', markdownLink('all that differs between the two', comparison)]] : []),
    ...(commit ? [['Commit', markdownLink(commit.slice(0, SHORT_ID), commitUrl(result))]] : []),
  ];
  return renderFacts(rows, result.attempts);
}

function projectRow(result: ReleaseResult, one: ProjectOutcome): string {
  const { added, modified, deleted } = countsOf([one]);
  const url = sourceUrl(result, one);
  const source = url ? markdownLink(sourcePhrase(one), url) : markdownText(sourcePhrase(one));
  const open = one.previews.map(previewLabel).join(', ');
  const state = `${stateOf(result, one)}${open ? `; previews of ${open} not released` : ''}`;
  return `| ${markdownCode(one.project)} | ${markdownText(state)} | ${added} | ${modified} | ${deleted} | ${source} |`;
}

/** What the planner could only decide by a rule, with the texts that are at stake. */
function decisions(result: ReleaseResult): string[] {
  const target = markdownText(result.request.environment.name);
  const source = markdownText(result.from?.environment ?? '');
  return result.projects.flatMap((one) => {
    const { plan } = one;
    if (!plan) return [];
    const inConflict = new Map(plan.conflicts.map(({ path, kept }) => [path, kept]));
    const changed = new Set(plan.changes.map(({ path }) => path));
    const drifted = plan.drifted.filter((path) => !inConflict.has(path));
    return [
      ...[...inConflict].map(([path, kept]) =>
        textRow(
          result,
          one,
          path,
          `⚔️ changed on both sides: ${kept === 'codex' ? `that of ${target} stays` : 'released'}`,
        ),
      ),
      ...drifted.map((path) =>
        textRow(result, one, path, `✏️ edited in ${target}: ${changed.has(path) ? 'restored' : 'kept'}`),
      ),
      ...plan.withheld.map((path) => textRow(result, one, path, '✋ deletion withheld')),
      ...[...one.editsLeft].map(([path, edit]) => textRow(result, one, path, `✏️ ${edit} in ${source}: left there`)),
      ...plan.skippedInCodex.map((path) => textRow(result, one, path, '🔗 a link or a submodule: left alone')),
    ];
  });
}

function textRow(result: ReleaseResult, one: ProjectOutcome, path: string, what: string): string {
  const { from, to } = textUrls(result, one, path);
  const covered = one.beneath.get(path);
  const edit = editUrl(result, one, path);
  const texts = [
    ...(from ? [markdownLink(result.from?.environment ?? '', from)] : []),
    ...(covered === undefined ? [] : [markdownText(`beneath the preview of ${previewLabel(covered)}`)]),
    ...(edit ? [markdownLink(`edit in ${result.from?.environment}`, edit)] : []),
    ...(to ? [markdownLink(result.request.environment.name, to)] : []),
  ];
  return `| ${what} | ${markdownCode(one.project)} | ${markdownCode(path)} | ${texts.join(' · ')} |`;
}
