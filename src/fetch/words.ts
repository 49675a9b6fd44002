import { SOURCES } from '../cache/blobs.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { count, nameSome, SHORT_ID } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import type { CacheIndex } from './cache-index.ts';
import { isAnswerKey } from './cache-key.ts';
import { type FetchedProject, type FetchResult, isExactHit } from './report.ts';

/** What happened, in one sentence. */
export function fetchSentence({ request, projects, stale }: FetchResult): string {
  const { environment, lookupOnly, cacheDir } = request;
  const place = `${environment.name} (branch ${printable(environment.branch)})`;
  const documents = projects.flatMap((project) => project.documents);
  if (lookupOnly) {
    const hits = projects.filter(isExactHit).length;
    return `Looked up only: the Actions cache has ${hits} of ${count(projects.length, 'entry', 'entries')} for ${count(documents.length, 'document')} of ${place}. Nothing was written.`;
  }
  if (stale) {
    return `Served ${count(documents.length, 'document')} of ${place} from copies, since the codex could not be reached: ${cacheDir}.`;
  }
  const sources = SOURCES.map((source) => [source, documents.filter((one) => one.source === source).length] as const)
    .filter(([, number]) => number > 0)
    .map(([source, number]) => `${number} from the ${source}`);
  return `Fetched ${count(documents.length, 'document')} of ${place} into ${cacheDir}: ${sources.join(', ')}.`;
}

/** What the Actions cache did for one project, as a phrase. */
export function cachePhrase(project: FetchedProject, { request }: FetchResult): string {
  if (!request.useCache) return 'not used';
  if (project.copyOf !== undefined) return project.matchedKey === undefined ? 'not used' : 'copy served';
  const saved = project.savedKey === undefined ? '' : ', saved';
  if (project.matchedKey === undefined) return `miss${saved}`;
  if (project.damaged) return `damaged entry${saved}`;
  if (isExactHit(project)) return 'hit';
  return isAnswerKey(project.keys, project.matchedKey)
    ? 'hit, of what replaces a damaged entry'
    : `partial hit${saved}`;
}

/** What is odd about the index of the cache directory, if anything: harmless, or to look at. */
export function indexSentences(found: CacheIndex['found']): { notices: string[]; warnings: string[] } {
  const notices =
    found === 'old layout'
      ? [
          'The cache directory was filled by an earlier tool that knew no environments (index version 3.0). Its documents ' +
            'are left alone and never read, since nothing tells their environment.',
        ]
      : [];
  const warnings =
    found === 'damaged' ? ['The index of the cache directory is damaged; what it still tells counts.'] : [];
  return { notices, warnings };
}

export function damageSentence(key: string): string {
  return `The entry ${printable(key)} of the Actions cache could not be restored whole, or is not what its key says; nothing that is wrong in it was used.`;
}

export function troubleSentence(trouble: string): string {
  return `The Actions cache could not be used as it should (${printable(trouble.replace(/[.\s]+$/, ''), 300)}). Documents come from the codex where it fails.`;
}

export function staleSentence(failure: string, projects: readonly FetchedProject[]): string {
  const copies = projects.map(({ origin, copyOf, commit }) => {
    return `${origin.project} as fetched at ${copyOf} (commit ${commit.slice(0, SHORT_ID)})`;
  });
  return `${failure} Copies of the same environment stand in meanwhile: ${copies.join(', ')}. A glob has what the copy holds.`;
}

export function readersSentence(
  repository: string,
  own: Visibility,
  codex: { readonly fullName: string; readonly visibility: Visibility },
): string {
  return (
    `${repository} is ${own} and the codex ${codex.fullName} is ${codex.visibility}: whoever can run a workflow in ${repository}, ` +
    'a pull request from a fork included, can read what is saved in its Actions cache. Say "use-cache: false" if that is not meant.'
  );
}

/** What globs matched that is no document. */
export function leftOutSentences(projects: readonly FetchedProject[]): string[] {
  const all = projects.flatMap(({ origin, leftOut }) =>
    [...leftOut].map(([path, why]) => `${origin.project}/${path} ${why}`),
  );
  return all.length === 0 ? [] : [`Left out of what a glob matched: ${nameSome(all)}.`];
}
