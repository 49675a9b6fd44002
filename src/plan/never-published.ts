import { isGitName, withoutIgnorable } from '../request/document-path.ts';
import { MANIFEST_FILE } from './manifest.ts';

const GIT_FILE = /^\.(?:gitattributes|gitmodules)$/i;
const ENV_FILE = /^\.env(?:\..*)?$/i;
const KEY_FILE = /^id_(?:rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$|\.(?:ppk|p12|pfx)$/i;
const HALF_WRITTEN = /^\.codex-sync-[0-9a-f]{8}$/;

/** The name of a document while it is written, which a run that is killed then leaves beside it: eight hexadecimal digits. */
export function halfWrittenName(digits: string): string {
  return `.codex-sync-${digits}`;
}

/**
 * Why a file of this name is always left out, whatever the patterns say (design section 4, "Which documents");
 * `undefined` when its name is harmless.
 */
export function neverPublished(path: string): string | undefined {
  const parts = withoutIgnorable(path).split('/');
  const name = parts.at(-1) ?? '';
  if (parts.some(isGitName)) return "a name of git's own";
  if (GIT_FILE.test(name)) return 'a file that configures git';
  if (parts[0]?.toLowerCase() === MANIFEST_FILE) return "the codex's own manifest";
  if (HALF_WRITTEN.test(name)) return 'left by a run that was killed while it wrote';
  if (ENV_FILE.test(name)) return 'an environment file, which usually holds secrets';
  if (KEY_FILE.test(name)) return 'named like a private key';
  return undefined;
}

const PRIVATE_KEY = /^\ufeff?-----BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY(?: BLOCK)?-----/;
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n/;
const LARGEST_POINTER = 1024;
export const IS_LFS_POINTER = 'a Git LFS pointer';

/** How many bytes of a file `unfitContent` wants to see. */
export const CONTENT_START = 100;

/** Why a file with this content is not published: a private key, or a pointer whose content is elsewhere. */
export function unfitContent(start: string, size: number): string | undefined {
  if (PRIVATE_KEY.test(start)) return 'holds a private key';
  if (size < LARGEST_POINTER && LFS_POINTER.test(start)) return IS_LFS_POINTER;
  return undefined;
}
