import type { ActionsCache } from '../cache/actions-cache.ts';
import { type CacheDirectory, openCacheDirectory } from '../cache/directory.ts';
import { checkGit } from '../git/exec.ts';
import type { CodexApi } from '../github/codex-api.ts';
import { type Asked, isApp, movedRepository, tokenAdvice, unknownToken, who } from '../github/failures.ts';
import type { ProjectApi } from '../github/project-api.ts';
import { createRulesApi, type ProjectRulesApi, type RulesApi } from '../github/rules-api.ts';
import {
  openActionsCache,
  openCodexApi,
  openProjectApi,
  openProjectRules,
  type SessionOptions,
  withFolder,
} from '../publish/session.ts';
import { type Tristate, tristate } from '../text/ids.ts';
import type { Actor } from './release-checks.ts';
import type { DoctorRequest } from './request.ts';

/** Opens without checks, so that `doctor` can report every problem. */
export interface DoctorSession {
  /** @throws CodexSyncError `bad-checkout` if git is missing or too old */
  readonly checkGit: () => Promise<string>;
  readonly actor: Actor;
  readonly codexApi: CodexApi;
  readonly rulesApi: RulesApi;
  /**
   * Whether the actor can push to the codex; `undefined` if GitHub's git did not answer.
   * @throws CodexSyncError if GitHub does not know the token, or makes no writing token for an App
   */
  readonly mayPush: () => Promise<Tristate>;
  /** `undefined` without its token or a repository. */
  readonly project: { readonly api: ProjectApi; readonly rules: ProjectRulesApi } | undefined;
  readonly cache: ActionsCache;
  readonly directory: CacheDirectory;
}

export function withDoctorSession<T>(
  request: DoctorRequest,
  options: SessionOptions,
  use: (session: DoctorSession) => Promise<T>,
): Promise<T> {
  const { variables, console, workspace } = options;
  return withFolder(options, (temporary) => {
    const { asked, client, codexApi } = openCodexApi(request, options);
    // An App's token has only the permissions it was made for, so the push check needs another one.
    const writer = openCodexApi({ ...request, dryRun: false }, options);
    const rules = openProjectRules(request.trigger, options);
    return use({
      checkGit: () => checkGit({ directory: temporary, environment: variables, debug: console.debug }),
      actor: actorOf(writer.asked),
      codexApi,
      rulesApi: createRulesApi(client, asked),
      async mayPush() {
        await writer.credentials.tokenFor();
        const answer = await writer.asks('git-receive-pack');
        if (answer.kind === 'unknown token') throw unknownToken(writer.asked);
        if (answer.kind === 'moved') throw movedRepository(request.codex, answer.movedTo);
        return answer.kind === 'unknown' ? 'unknown' : tristate(answer.kind === 'served');
      },
      project: rules && { api: options.projectApi ?? openProjectApi(request.trigger, options), rules },
      cache: openActionsCache(options, temporary),
      directory: openCacheDirectory(workspace, request.cacheDir),
    });
  });
}

function actorOf(asked: Asked): Actor {
  return { who: who(asked), isApp: isApp(asked), advice: tokenAdvice(asked) };
}
