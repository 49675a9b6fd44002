import { placeEnvironment } from '../codex/codex-config.ts';
import { compileGlobs } from '../documents/patterns.ts';
import { CodexSyncError } from '../errors.ts';
import type { CodexRepository } from '../github/codex-api.ts';
import type { ListedRepository, OrganizationApi } from '../github/organization-api.ts';
import { checkWritable, openCodex, questionAbout, recordBranch } from '../publish/codex.ts';
import { earlierWarnings, firstParent } from '../publish/publish.ts';
import { createdWarnings } from '../report/changes.ts';
import { sameRepository } from '../text/names.ts';
import { nameSome, printable } from '../text/phrases.ts';
import { inputName, inputPhrase, theInput, tokenPhrase } from '../text/spell-inputs.ts';
import { createBatchPublisher, NOT_REACHED, type PublishedBatch } from './batch.ts';
import { type RepositoryOutcome, repositoryOutcome, type SyncOrgResult } from './report.ts';
import { type ChosenRepositories, chooseRepositories, inBatches, ownNames, type SyncOrgRequest } from './request.ts';
import type { SyncOrgSession } from './session.ts';

export interface Follower {
  readonly chosen: (choice: ChosenRepositories) => void;
  /** Called after a repository was read; its batch is published later. */
  readonly read: (repository: string) => void;
  readonly finished: (outcomes: readonly RepositoryOutcome[]) => void;
}

/**
 * Works in batches. A batch reads its repositories in parallel and pushes one commit per project, all or none. After a
 * killed run the next one continues, because a published project makes no commit. The error of one repository stops no
 * other; an error of codex or token ends the run, which reports the accepted commits.
 * @throws CodexSyncError when a guard refuses, or codex or organization cannot be read; then nothing was published
 */
export async function syncOrganization(
  given: SyncOrgRequest,
  session: SyncOrgSession,
  follower: Follower,
): Promise<SyncOrgResult> {
  const { codexApi, organizationApi } = session;
  // Each batch asks for the branch as it is then.
  codexApi.ask({ ...questionAbout(given.environment, {}), branches: [] });
  const codex = await openCodex(codexApi);
  const environment = placeEnvironment(given.environment, codex.config, codex);
  const request = { ...given, environment };
  recordBranch(given.environment, environment, codex, session);
  checkWritable(request, codex);
  const listed = await organizationApi.listRepositories();
  checkListed(listed, request, codex);
  const choice = chooseRepositories(listed, request, codex.fullName);
  follower.chosen(choice);

  const publishBatch = createBatchPublisher(request, codex, session, ownNames(listed, codex.fullName), follower.read);
  const outcomes: RepositoryOutcome[] = [];
  const pushes: PublishedBatch['pushes'][number][] = [];
  let stopped: string | undefined;
  let maybePublished: string | undefined;
  for (const batch of inBatches(choice.chosen)) {
    const published = await publishBatch(batch);
    follower.finished(published.outcomes);
    outcomes.push(...published.outcomes);
    pushes.push(...published.pushes);
    ({ stopped, maybePublished } = published);
    if (stopped !== undefined) break;
  }
  const missed = choice.chosen.slice(outcomes.length);
  const created = pushes.find((one) => one.created !== undefined)?.created;
  const accepted = pushes.filter(({ commit }) => commit !== undefined);
  const earlier = accepted.flatMap((one) => one.earlier ?? []);
  return {
    request,
    codex: codex.fullName,
    choice,
    projects: [...outcomes, ...missed.map(({ name }) => repositoryOutcome(name, { error: NOT_REACHED }))],
    branch: pushes.find(({ branch }) => branch === 'created')?.branch ?? pushes.at(-1)?.branch ?? 'found',
    ...(created && { created }),
    commit: accepted.at(-1)?.commit,
    parent: accepted[0]?.parent,
    ...firstParent(accepted[0]?.earlier ?? []),
    pushes: accepted.length + earlier.length,
    attempts: Math.max(0, ...pushes.map(({ attempts }) => attempts)),
    stopped,
    maybePublished,
    warnings: [
      ...earlierWarnings(earlier, request, codex),
      ...createdWarnings(environment, created),
      ...warningsOf(choice, organizationApi),
      ...warningsOfPatterns(request, outcomes, missed.length),
    ],
  };
}

/** A token that sees no repository must not look like an empty organization. */
function checkListed(listed: readonly ListedRepository[], request: SyncOrgRequest, codex: CodexRepository): void {
  if (listed.some(({ fullName }) => !sameRepository(fullName, codex.fullName))) return;
  throw new CodexSyncError(
    'no-permission',
    `This run sees no repository of ${request.organization} except the codex itself.`,
    `Allow the ${tokenPhrase('token')}, or the GitHub App in ${inputName('client-id')}, to read the repositories ("Contents: read-only"), or correct ${theInput('organization')}.`,
  );
}

function warningsOf(
  { unmatched }: ChosenRepositories,
  { viewer, leftOut }: Pick<OrganizationApi, 'viewer' | 'leftOut'>,
): string[] {
  const blind =
    viewer === 'workflow'
      ? [
          "The workflow's own token, the default, sees only public repositories: private ones are missing here. Name a GitHub App " +
            `in ${inputName('client-id')}, or give a token that may read them.`,
        ]
      : [];
  const idle = unmatched.map(
    (glob) => `No repository is called "${printable(glob)}" (${inputPhrase('repositories', 'exclude-repositories')}).`,
  );
  const signOn = leftOut()
    ? [
        `GitHub left out repositories whose organization requires single sign-on of the ${tokenPhrase('token')}: they are missing here. Its owner has to authorize ` +
          'the token for that organization: on GitHub, Settings, Developer settings, Personal access tokens, Configure SSO.',
      ]
    : [];
  return [...blind, ...signOn, ...idle];
}

/** A common pattern may match nothing in one project; one that matches in no project is a mistake. */
function warningsOfPatterns(
  { include, ownInclude }: SyncOrgRequest,
  outcomes: readonly RepositoryOutcome[],
  missed: number,
): string[] {
  if (missed > 0 || outcomes.some(({ result, skipped }) => !result && !skipped)) return [];
  const results = outcomes.flatMap(({ result }) => (result?.request.patterns.include === include ? [result] : []));
  const isIdle = (glob: string) => {
    const matches = compileGlobs([glob]);
    return results.every(({ selection }) => ![...selection.documents.keys()].some(matches));
  };
  const idle = results.length === 0 ? [] : ownInclude.filter(isIdle);
  if (idle.length === 0) return [];
  return [
    `Patterns of ${inputName('include')} (sync_patterns) for all projects select nothing in any repository that this run read: ${nameSome(idle)}. Correct or remove them.`,
  ];
}
