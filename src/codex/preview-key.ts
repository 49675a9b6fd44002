import { printable } from '../text/printable.ts';

/** What a preview belongs to, as the manifest names it: a pull request's number, or `heads/<branch>` (design section 3.4). */
export type PreviewKey = `${number}` | `heads/${string}`;

const PULL_REQUEST = /^[1-9]\d{0,14}$/;
const BRANCH = /^heads\/(.+)$/s;

/** @returns `undefined` where the text is no key of a preview */
export function parsePreviewKey(text: string): PreviewKey | undefined {
  return PULL_REQUEST.test(text) || BRANCH.test(text) ? (text as PreviewKey) : undefined;
}

export function pullRequestKey(number: number): PreviewKey {
  return `${number}`;
}

/** @param branch its name, without `refs/heads/` */
export function branchKey(branch: string): PreviewKey {
  return `heads/${branch}`;
}

/** The pull request that a key names. */
export function pullRequestOf(key: PreviewKey): number | undefined {
  return PULL_REQUEST.test(key) ? Number(key) : undefined;
}

/** The branch that a key names. */
export function branchOf(key: PreviewKey): string | undefined {
  return BRANCH.exec(key)?.[1];
}

/** For sentences and tables: `#12`, or the branch's name. */
export function previewLabel(key: PreviewKey): string {
  const branch = branchOf(key);
  return branch === undefined ? `#${key}` : printable(branch, 100);
}

/** For JSON, where a pull request has always been a number. */
export function previewJson(key: PreviewKey): number | string {
  return pullRequestOf(key) ?? key;
}

/** Which of two previews of one date decides: pull requests before branches, then the higher number or the later name. */
export function comparePreviewKeys(one: PreviewKey, other: PreviewKey): number {
  const [number, another] = [pullRequestOf(one), pullRequestOf(other)];
  if (number !== undefined && another !== undefined) return another - number;
  if (number !== undefined || another !== undefined) return number === undefined ? 1 : -1;
  return one === other ? 0 : one < other ? 1 : -1;
}
