import { type CodexConfig, findListing, ownsListed, type ProjectPlace } from '../codex/codex-config.ts';
import { place } from '../codex/publication.ts';
import { CodexSyncError } from '../errors.ts';
import { type CodexRepository, checkOpen } from '../github/codex-api.ts';
import type { Environment } from '../inputs/environment.ts';
import { checkDefaultBranch } from '../inputs/guards.ts';
import type { WritingRequest } from '../inputs/request.ts';
import { sameRepository } from '../text/names.ts';
import { printable } from '../text/printable.ts';
import type { OpenedCodex } from './codex.ts';
import type { Session } from './session.ts';

/**
 * The guards that need the codex's answer, for every run that writes to it.
 * @throws CodexSyncError `refused-by-guard`, or `remote-refused` when it is archived or disabled
 */
export function checkWritable({ trigger, environment }: WritingRequest, codex: CodexRepository): void {
  checkDefaultBranch(trigger, environment, codex.defaultBranch);
  checkOpen(codex);
}

/** What a repository is called now, as far as one of the tokens may see it. */
export async function tryName(repository: string, { projectApiOf, codexApi }: Session): Promise<string | undefined> {
  const found = (await projectApiOf(repository).tryRepository()) ?? (await codexApi.tryRepository(repository));
  return found === 'not-found' ? undefined : found?.fullName;
}

/** The banner has said another branch. */
export function noticeBranch(
  before: Environment,
  { name, branch }: Environment,
  { config }: OpenedCodex,
  { notice }: Pick<Session, 'notice'>,
): void {
  if (before.branch !== branch) notice(`Environment ${name} is branch ${printable(branch)}, as ${config?.file} says.`);
}

/**
 * Makes sure that a project may be published from a repository, as far as the codex lists projects.
 * @param tryName what a repository is called now, which GitHub is asked only where the names differ
 * @returns whether the codex lists the project for it: then no other owner's manifest is in the way
 * @throws CodexSyncError `not-owner` where it lists the project for another one, or lists it not and the list is closed
 */
export async function checkListed(
  project: string,
  ours: ProjectPlace,
  codexConfig: CodexConfig | undefined,
  tryName: (repository: string) => Promise<string | undefined>,
): Promise<boolean> {
  const listing = findListing(codexConfig, project);
  if (listing.kind === 'free') return false;
  if (listing.kind === 'unlisted') {
    throw new CodexSyncError(
      'not-owner',
      `Project ${project} is not under projects in ${listing.file}, which refuses what it does not list. Ask whoever keeps the codex to add "${project}: ${ours.repository}", or give the input "project" the name that is listed.`,
    );
  }
  const { owner, name, file } = listing;
  const owns = ownsListed(owner, ours);
  if (owns === 'yes') return true;
  if (owns === 'if renamed') {
    const now = await tryName(owner.repository);
    if (now !== undefined && sameRepository(now, ours.repository)) return true;
  }
  throw new CodexSyncError(
    'not-owner',
    `Project ${name} belongs to ${place(owner)}, as projects in ${file} says, and this is ${place(ours)}. ` +
      'Give this one another name with the input "project", or have that entry changed.',
  );
}
