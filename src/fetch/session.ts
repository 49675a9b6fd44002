import { join } from 'node:path';
import type { ActionsCache } from '../cache/actions-cache.ts';
import { type BlobPool, type CacheDirectory, createBlobPool, openCacheDirectory } from '../cache/directory.ts';
import { IGNORE_FILE } from '../documents/never-published.ts';
import { checkGit } from '../git/exec.ts';
import { type ExposedFiles, tryListExposed } from '../git/working-tree.ts';
import type { CodexQuestion } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';
import {
  openActionsCache,
  openCodexApi,
  openProjectApi,
  openSession,
  type Session,
  type SessionOptions,
  together,
  withFolder,
} from '../publish/session.ts';
import type { CacheListRequest, FetchRequest } from './request.ts';
import type { ResolutionRules } from './resolve.ts';

export interface FetchSession extends Session {
  readonly cache: ActionsCache;
  readonly directory: CacheDirectory;
  readonly tryListExposed: (cacheDir: string) => Promise<ExposedFiles | undefined>;
  readonly blobs: BlobPool;
  readonly rules: ResolutionRules;
}

export interface CacheListSession {
  readonly directory: CacheDirectory;
  readonly projectApi: ProjectApi;
  readonly now: () => Date;
}

/** @param question what the run is going to ask about the codex, sent before anything else is opened */
export function withFetchSession<T>(
  request: FetchRequest,
  options: SessionOptions,
  use: (session: FetchSession) => Promise<T>,
  question: CodexQuestion,
): Promise<T> {
  const { workspace, variables: environment, console } = options;
  return withFolder(options, async (temporary) => {
    const opened = openCodexApi(request, options);
    opened.codexApi.ask(question);
    const [session] = await together([
      openSession(request, options, temporary, undefined, opened),
      checkGit({ directory: temporary, environment, debug: console.debug }),
    ]);
    return use({
      ...session,
      cache: openActionsCache(options, temporary),
      directory: openCacheDirectory(workspace, request.cacheDir),
      tryListExposed: (cacheDir) =>
        tryListExposed({ directory: workspace, environment, debug: console.debug }, cacheDir, IGNORE_FILE),
      blobs: await createBlobPool(join(temporary, 'blobs')),
      rules: { onWindows: process.platform === 'win32' },
    });
  });
}

export function openCacheListSession(request: CacheListRequest, options: SessionOptions): CacheListSession {
  return {
    directory: openCacheDirectory(options.workspace, request.cacheDir),
    projectApi: openProjectApi(request.trigger, options),
    now: () => new Date(),
  };
}
