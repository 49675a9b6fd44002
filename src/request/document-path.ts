// What git, Windows (short forms, trailing dots and spaces, streams) or macOS (ignorable characters) take for `.git`.
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const GIT_NAME = /^(?:\.git|git~\d+)[. ]*(?::.*)?$/i;

/** A path as macOS compares it: without the characters that it ignores. */
export function withoutIgnorable(path: string): string {
  return path.replace(IGNORED_BY_HFS, '');
}

/** Whether one part of a path is a name of git's own on some system. */
export function isGitName(part: string): boolean {
  return GIT_NAME.test(withoutIgnorable(part));
}

// A dot, a slash, a backslash or a NUL in percent-encoding, however often encoded: nobody here decodes it, somebody might.
const ENCODED = /%(?:25)*(?:2e|2f|5c|00)/i;

/**
 * Why a path cannot be the place of a document below a folder: it would leave the folder, or another system would read
 * it as another path. `undefined` when it is harmless everywhere.
 */
export function pathProblem(path: string): string | undefined {
  const parts = path.split('/');
  if (path.startsWith('/')) return 'is absolute';
  if (parts.includes('')) return 'has an empty part (a slash too many)';
  if (parts.some((part) => part === '.' || part === '..')) return 'has a part "." or ".."';
  if (path.includes('\\')) return 'has a backslash';
  if (/\p{Cc}/u.test(path)) return 'has a control character';
  if (parts.some((part) => /^[A-Za-z]:/.test(part))) return 'has a drive letter';
  if (ENCODED.test(path)) return 'has an encoded dot, slash or backslash';
  return parts.some(isGitName) ? "has a name of git's own" : undefined;
}

const ASCII = /^[\0-\x7f]*$/;

/** Two paths that are one on systems which fold case or the Unicode form of letters have the same folded form. */
export function foldedPath(path: string): string {
  // Upper case is the same for both small forms of a sigma, and for "ß" and "ss".
  return (ASCII.test(path) ? path : path.normalize('NFC').toUpperCase().normalize('NFC')).toLowerCase();
}

/**
 * Why the second of two paths is left alone that systems which fold case or the Unicode form of letters take for one file, or
 * for a file and a folder of one name.
 */
export function twinReason(path: string, twin: string, where = ''): string {
  if (foldedPath(path) !== foldedPath(twin)) {
    return `cannot be beside ${twin}${where}: apart from case, a file and a folder have one name`;
  }
  const inCase = path.toUpperCase() === twin.toUpperCase();
  return `differs from ${twin}${where} only in ${inCase ? 'case' : 'the Unicode form of its letters'}`;
}

const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?$/i;

/** Why Windows cannot write a file at this path; `undefined` when it can. */
export function windowsProblem(path: string): string | undefined {
  const parts = path.split('/');
  if (/[<>:"|?*]/.test(path)) return 'has a character that Windows does not allow';
  if (parts.some((part) => /[. ]$/.test(part))) return 'has a part that ends in a dot or a space, which Windows drops';
  return parts.some((part) => DEVICE.test(part)) ? 'has the name of a device of Windows' : undefined;
}
