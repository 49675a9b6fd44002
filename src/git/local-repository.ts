import { runShortProgram } from '../programs.ts';
import { createGit, type GitOptions } from './exec.ts';
import type { ObjectStore, Remote } from './object-store.ts';

/** The repository around a folder, read without a request to a server. */
export interface LocalRepository {
  readonly root: string;
  readonly origin: string | undefined;
  /** Full name of the current branch, or of the only tag on the commit; else empty. */
  readonly ref: string | undefined;
  /** Empty before the first commit. */
  readonly commit: string | undefined;
  /** Default branch of `origin` at the last clone. */
  readonly defaultBranch: string | undefined;
}

/** @returns `undefined` outside of any repository */
export async function tryReadLocalRepository(
  options: Pick<GitOptions, 'directory' | 'environment' | 'debug'>,
): Promise<LocalRepository | undefined> {
  const git = createGit({ ...options, protocols: 'none' });
  const ask = async (...args: string[]) => {
    const { exitCode, stdout } = await git(args);
    return exitCode === 0 ? stdout.toString('utf8').replace(/\n$/, '') : undefined;
  };
  const root = await ask('rev-parse', '--show-toplevel');
  if (!root) return undefined;
  const [origin, branch, commit, remoteHead] = await Promise.all([
    ask('remote', 'get-url', 'origin'),
    ask('symbolic-ref', '--quiet', 'HEAD'),
    ask('rev-parse', '--verify', '--quiet', 'HEAD'),
    ask('symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'),
  ]);
  const tags = branch || !commit ? [] : ((await ask('tag', '--points-at', 'HEAD')) ?? '').split('\n').filter(Boolean);
  const [tag] = tags.length === 1 ? tags : [];
  const defaultBranch = /^refs\/remotes\/origin\/(.+)$/.exec(remoteHead ?? '')?.[1];
  return { root, origin, ref: branch ?? (tag && `refs/tags/${tag}`), commit, defaultBranch };
}

/** The host behind a name for ssh, which may be the user's alias; the name itself when ssh fails. */
export async function readSshHost(name: string, debug: (line: string) => void): Promise<string> {
  const output = await runShortProgram('ssh', ['-G', name]).catch((error: unknown) => debug(String(error)));
  const host = /^hostname (\S+)$/m.exec(output?.stdout ?? '')?.[1];
  return output?.exitCode === 0 && host ? host : name;
}

/** Branches and tags: full ref name -> commit. */
export type RemoteRefs = ReadonlyMap<string, string>;

/** Lists branches and tags with one request, annotated tags by commit; `undefined` without an answer. */
export async function tryListRefs(store: ObjectStore, remote: Remote): Promise<RemoteRefs | undefined> {
  const settings = await remote.settings();
  const { exitCode, stdout } = await store.git(['ls-remote', '--quiet', '--heads', '--tags', remote.url], { settings });
  if (exitCode !== 0) return undefined;
  const refs = new Map<string, string>();
  for (const line of stdout.toString('utf8').split('\n')) {
    const [, id, name, peeled] = /^([0-9a-f]{40})\t(refs\/(?:heads|tags)\/.+?)(\^\{\})?$/.exec(line) ?? [];
    if (id === undefined || name === undefined) continue;
    if (peeled !== undefined || !refs.has(name)) refs.set(name, id);
  }
  return refs;
}
