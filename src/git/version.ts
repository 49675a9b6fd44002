import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import { createGit, type GitOptions, INSTALL_GIT, OLDEST_GIT } from './run.ts';

/**
 * Looks which git there is, before it does anything.
 * @returns its version; empty where it does not tell
 * @throws CodexSyncError `bad-checkout` where it is missing or too old
 */
export async function checkGit(options: Pick<GitOptions, 'directory' | 'environment' | 'debug'>): Promise<string> {
  const { stdout } = await createGit({ ...options, protocols: 'none' })(['version']);
  const [, version = '', major, minor] = /^git version ((\d+)\.(\d+)\S*)/.exec(stdout.toString('utf8')) ?? [];
  // What does not tell its version is somebody's own build, and no old one.
  if (version === '' || Number(major) > OLDEST_GIT.major) return version;
  if (Number(major) === OLDEST_GIT.major && Number(minor) >= OLDEST_GIT.minor) return version;
  throw new CodexSyncError('bad-checkout', `Git ${printable(version, 50)} is too old. ${INSTALL_GIT}`);
}
