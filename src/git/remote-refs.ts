import type { ObjectStore, Remote } from './object-store.ts';

/** The branches and tags of a repository: full ref name -> the commit that it names. */
export type RemoteRefs = ReadonlyMap<string, string>;

/**
 * Lists the branches and tags of a repository, in one question. Of an annotated tag the commit counts.
 * @returns `undefined` where the server does not tell
 */
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
