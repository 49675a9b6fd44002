import { isGitName, MANIFEST_FILE, withoutIgnorable } from './paths.ts';

const GIT_FILE = /^\.(?:gitattributes|gitmodules)$/i;
// Templates of an environment file are for readers: they hold no values.
const ENV_FILE = /^\.env(?!\.(?:example|sample|template)$)(?:\..*)?$/i;
const KEY_FILE = /^id_(?:rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$|\.(?:ppk|p12|pfx)$/i;
const HALF_WRITTEN = /^\.codex-sync-[0-9a-f]{8}$/;

/** Temporary name of a document during a write, which a killed run leaves: eight hexadecimal digits. */
export function halfWrittenName(digits: string): string {
  return `.codex-sync-${digits}`;
}

export interface NeverPublishedRule {
  readonly examples: readonly string[];
  readonly reason: string;
  /** `parts` of a path, the name last. */
  readonly applies: (name: string, parts: readonly string[]) => boolean;
}

/** A row for each kind; the first match gives the reason. */
export const NEVER_PUBLISHED: readonly NeverPublishedRule[] = [
  {
    examples: ['.git', 'git~1'],
    reason: "a name of git's own",
    applies: (_, parts) => parts.some(isGitName),
  },
  {
    examples: ['.gitattributes', '.gitmodules'],
    reason: 'a file that configures git',
    applies: (name) => GIT_FILE.test(name),
  },
  {
    examples: [MANIFEST_FILE],
    reason: "the codex's own manifest",
    applies: (_, parts) => parts[0]?.toLowerCase() === MANIFEST_FILE,
  },
  {
    examples: [halfWrittenName('0123abcd')],
    reason: 'left by a run that was killed while it wrote',
    applies: (name) => HALF_WRITTEN.test(name),
  },
  {
    examples: ['.env', '.env.*'],
    reason: 'an environment file, which usually holds secrets',
    applies: (name) => ENV_FILE.test(name),
  },
  {
    examples: [
      'id_rsa',
      'id_dsa',
      'id_ecdsa',
      'id_ecdsa_sk',
      'id_ed25519',
      'id_ed25519_sk',
      'id_xmss',
      '*.pfx',
      '*.p12',
      '*.ppk',
    ],
    reason: 'named like a private key',
    applies: (name) => KEY_FILE.test(name),
  },
];

/** Why a name is never published, whatever the patterns (design section 4, "Which documents"); else `undefined`. */
export function neverPublished(path: string): string | undefined {
  const parts = withoutIgnorable(path).split('/');
  const name = parts.at(-1) ?? '';
  return NEVER_PUBLISHED.find(({ applies }) => applies(name, parts))?.reason;
}

const PRIVATE_KEY = /^\s*-----BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY(?: BLOCK)?-----/;
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n/;
const LARGEST_POINTER = 1024;
export const IS_LFS_POINTER = 'a Git LFS pointer';

/** Number of bytes that `unpublishableContent` needs. */
export const CONTENT_START = 100;

/** Why a content is not published: a private key, or a pointer whose content is elsewhere. */
export function unpublishableContent(start: string, size: number): string | undefined {
  if (PRIVATE_KEY.test(start)) return 'holds a private key';
  if (size < LARGEST_POINTER && LFS_POINTER.test(start)) return IS_LFS_POINTER;
  return undefined;
}
