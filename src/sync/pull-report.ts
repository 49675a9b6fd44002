import type { Pull } from '../codex/pull-plan.ts';
import { publishes, pullsDocuments } from '../inputs/definitions.ts';
import { ICONS, whyPhrase } from '../report/changes.ts';
import { fold, markdownCode, markdownLink, markdownText } from '../report/markdown.ts';
import { count, NAMED, nameSome } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { commitUrl, documentUrl, pullsOf, replacedInCheckout, type SyncProjectResult } from './report.ts';
import type { SyncProjectRequest } from './request.ts';

const PULLED = { ...ICONS, delete: '🔴 removed' } as const;

/** `; 2 documents came back from the codex`, where any did. */
export function pulledPhrase(result: SyncProjectResult): string {
  const number = pullsOf(result).length;
  if (number === 0) return '';
  return `; ${count(number, 'document')} ${result.request.dryRun ? 'would come' : 'came'} back from the codex`;
}

/** What a run did that only brings back, in one sentence. */
export function broughtBackSentence(result: SyncProjectResult, place: string, withheld: string): string {
  const { request, plan, pulled, pull } = result;
  if (pull?.closed) return `Pull request #${pull.number} was closed: nothing comes back for it from ${place}.`;
  const number = pullsOf(result).length;
  const documents = count(number, 'document');
  const left = plan ? [plan.drifted, plan.conflicts, plan.skippedInCodex, plan.unowned, plan.withheld] : [];
  const never = (plan?.unpulled.size ?? 0) + (pulled?.refused.size ?? 0);
  const differs = never > 0 || left.some((paths) => paths.length > 0);
  const kept = differs ? ': what differs stays as it is on both sides' : '';
  if (request.dryRun) {
    const what = number > 0 ? `${documents} would come back` : 'nothing would come back';
    return `Dry run: ${what} from ${place}${withheld}${number > 0 ? '' : kept}. Nothing was written.`;
  }
  if (number > 0) return `${documents} came back from ${place} into the checkout${withheld}.`;
  return `Nothing came back from ${place}${withheld}${kept || ': nothing was changed there that the checkout lacks'}.`;
}

/** Why a run that should move documents both ways moves them one way; `undefined` where it does not. */
export function oneWayNotice({ request, plan, pull }: SyncProjectResult): string | undefined {
  const both = publishes(request.direction) && pullsDocuments(request.direction);
  if (!both || !pull || pull.closed || !plan) return undefined;
  return 'A run for a pull request publishes its preview and brings nothing back from the codex; runs for branches do.';
}

/** What of the way back a person has to look at: texts that wait for a commit. */
export function refusedSentence({ pulled }: SyncProjectResult): string | undefined {
  const waiting = [...(pulled?.refused ?? [])].map(([path, why]) => `${printable(path)} (${printable(why)})`);
  if (waiting.length === 0) return undefined;
  return `Not brought into the checkout: ${nameSome(waiting)}.`;
}

/** What the next step of the workflow has to do. */
export function commitStep(result: SyncProjectResult): string | undefined {
  if (pullsOf(result).length === 0 || result.request.dryRun) return undefined;
  return 'Commit what came back into the checkout, for example with peter-evans/create-pull-request.';
}

/** GitHub takes 1 MB a step: three lists of a run may be as long as this, one half of it, the others a fifth. */
export const MAX_BYTES = 165_000;

/** The summary's section: each document with its text in the codex, and the one of the project that it replaced. */
export function renderPulled(result: SyncProjectResult): string[] {
  const { pulled, commit, parent, plan, request } = result;
  const at = commit ?? parent;
  const replaced = new Map(replacedInCheckout(result).map(({ path, url }) => [path, url]));
  const rows = pullsOf(result).map(({ path, action, because }) => {
    const shown = at && action !== 'delete' ? markdownLink(path, documentUrl(result, at, path)) : markdownCode(path);
    const before = replaced.get(path);
    return `| ${PULLED[action]}${whyPhrase(because)} | ${shown} | ${before ? markdownLink('what it replaced', before) : ''} |`;
  });
  const reasons = (all: ReadonlyMap<string, string> | undefined) =>
    [...(all ?? [])].map(([path, why]) => `- ${markdownCode(path)}: ${markdownText(why)}`);
  const waiting = reasons(pulled?.refused);
  return [
    ...fold(pulledTitle(request), ['| | Document | |', '|---|---|---|'], rows, MAX_BYTES / 2),
    ...(waiting.length > NAMED ? fold('Not brought into the checkout', [], waiting, MAX_BYTES / 5) : []),
    ...fold('Changed in the codex, and never brought back', [], reasons(plan?.unpulled), MAX_BYTES / 5),
  ];
}

export function pulledTitle({ dryRun }: SyncProjectRequest): string {
  return dryRun ? 'Would come back from the codex' : 'Came back from the codex';
}

/**
 * What a run that broke off on the way back says: what broke, and what is done already.
 * @param path the document that was being written; `undefined` before the first
 */
export function unfinishedSentence(
  result: SyncProjectResult,
  path: string | undefined,
  why: string,
  done: readonly Pull[],
): string {
  const what = path === undefined ? 'What changed in the codex' : `"${printable(path)}"`;
  const published = result.commit ? `Published before: ${commitUrl(result)}. ` : 'Nothing was published. ';
  const paths = done.map((pull) => pull.path);
  const written = paths.length > 0 ? `Brought back before: ${nameSome(paths)}. ` : 'No file was written. ';
  return `${what} could not be brought into the checkout: ${why.replace(/\.$/, '')}. ${published}${written}Run this again: what is missing comes back then.`;
}
