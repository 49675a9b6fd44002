import { printable } from '../text/printable.ts';

/**
 * Hints for a push that GitHub refused. Git reports the refusal, but only the remote's message gives the reason. We
 * search it for GitHub's codes and phrases, and only the hint depends on them.
 */

export interface PushRefusal {
  /** The message as one text, git's summary last. */
  readonly message: string;
  readonly lines: readonly string[];
}

export interface PushTarget {
  /** `owner/name` */
  readonly codex: string;
  /** Git's URL of the repository; only links to its server are shown. */
  readonly url: string;
  readonly branch: string;
}

export interface FoundSecret {
  readonly kind: string;
  /** Paths in the codex, with a line number if known. */
  readonly places: readonly { readonly path: string; readonly line: string | undefined }[];
  readonly allowUrl: string | undefined;
}

const MAX_MESSAGE = 500;
const MAX_NAMED = 10;
/** GitHub prints no longer lines, and a longer one is not searched. */
const LONGEST_LINE = 10_000;

export function pushRefusalSentence(refusal: PushRefusal, target: PushTarget): string {
  const where = `${target.codex} refused the push to branch ${printable(target.branch)}`;
  const secrets = isPushProtection(refusal) ? findSecrets(refusal.lines, target.url) : [];
  if (secrets.length > 0) return `${where}: ${secretsSentence(secrets)}`;
  return `${where}: ${printable(refusal.message, MAX_MESSAGE)}. ${adviceFor(refusal)}`;
}

/** Whether documents caused the refusal, not the branch: a push without them may be accepted. */
export function isAboutDocuments(refusal: PushRefusal): boolean {
  return isPushProtection(refusal) || LARGE_FILES.test(refusal.message);
}

const LARGE_FILES = /\bGH001\b|exceeds GitHub's file size limit/i;

const PUSH_PROTECTION = /\bGH009\b|push protection|cannot contain secrets/i;

function isPushProtection({ message }: PushRefusal): boolean {
  return PUSH_PROTECTION.test(message);
}

/**
 * Reads push protection's list: a heading between dashes with the kind of secret, places as `path: <path>:<line>`, and
 * an address to allow it. Other forms are left out. The list does not contain the secret itself.
 */
export function findSecrets(lines: readonly string[], url: string): FoundSecret[] {
  const found: { kind: string; places: FoundSecret['places'][number][]; allowUrl: string | undefined }[] = [];
  for (const line of lines.filter(({ length }) => length <= LONGEST_LINE)) {
    const kind = /^\s*[—–-]{2,}\s*([^\s—–-].*?)\s*[—–-]{2,}\s*$/u.exec(line)?.[1];
    if (kind !== undefined) found.push({ kind, places: [], allowUrl: undefined });
    const secret = found.at(-1);
    const [, path, number] = /^\s*(?:-\s*)?path:\s*(.*\S)\s*$/u.exec(line)?.[1]?.match(/^(.*?)(?::(\d+))?$/su) ?? [];
    if (secret && path) secret.places.push({ path, line: number });
    const allowUrl = allowUrlIn(line, url);
    if (secret && allowUrl !== undefined) secret.allowUrl ??= allowUrl;
  }
  return found.filter(({ places }) => places.length > 0);
}

/** Accepts only a link on the codex's own server: a remote could name any address. */
function allowUrlIn(line: string, codexUrl: string): string | undefined {
  const text = /https:\/\/\S+/u.exec(line)?.[0] ?? '';
  if (!URL.canParse(text) || !URL.canParse(codexUrl)) return undefined;
  const { protocol, host, origin, pathname, username } = new URL(text);
  const isOwn = protocol === 'https:' && host === new URL(codexUrl).host && username === '';
  return isOwn && /^\/[\w./-]+\/unblock-secret\/[\w-]+$/u.test(pathname) ? origin + pathname : undefined;
}

function secretsSentence(secrets: readonly FoundSecret[]): string {
  const named = secrets.slice(0, MAX_NAMED).map(({ kind, places, allowUrl }) => {
    const shown = places
      .slice(0, MAX_NAMED)
      .map(({ path, line }) => documentPhrase(path) + (line ? ` line ${line}` : ''));
    const more = places.length > shown.length ? ` and ${places.length - shown.length} more places` : '';
    const allow = allowUrl === undefined ? '' : ` (allow it at ${allowUrl})`;
    return `${printable(kind, 100)} in ${shown.join(', ')}${more}${allow}`;
  });
  const others = secrets.length > named.length ? `; and ${secrets.length - named.length} more` : '';
  const allow = secrets.some(({ allowUrl }) => allowUrl !== undefined)
    ? ' If it is none, open the address to allow it, then run this again.'
    : " If it is none, allow it in the codex's settings for push protection, then run this again.";
  return (
    `GitHub's push protection found ${secrets.length === 1 ? 'a secret' : 'secrets'}: ${named.join('; ')}${others}. ` +
    `Revoke it, remove it from the document in the project, or leave that document out with "exclude".${allow}`
  );
}

/** For example `docs/a.md of widgets`. */
function documentPhrase(path: string): string {
  const [, project, rest] = /^projects\/([^/]+)\/(.+)$/su.exec(path) ?? [];
  return rest === undefined ? printable(path, 200) : `${printable(rest, 200)} of ${printable(project ?? '', 100)}`;
}

/** A phrase of GitHub or git, and its hint; the first match counts. */
const ADVICE: readonly (readonly [RegExp, (refusal: PushRefusal) => string])[] = [
  [
    PUSH_PROTECTION,
    () =>
      'Push protection found a secret: remove it from the document in the project and revoke it, or allow it in the codex, under Security.',
  ],
  [LARGE_FILES, ({ lines }) => largeFilesAdvice(lines)],
  [
    /\bGH007\b|email privacy/i,
    () =>
      'The owner of the address in the input "author" keeps it private: use one that ends with @users.noreply.github.com, or leave "author" out.',
  ],
  [
    /without `?workflows?`? (?:permission|scope)/i,
    () =>
      'The branch gets workflow files with this push: give the token the permission "Workflows: read and write" (the scope "workflow" of a classic token).',
  ],
  [
    /verified signatures?|must be signed|signed commits/i,
    () =>
      'The commits of this tool are not signed: let the owner of the token bypass the rule that requires signed commits on that branch.',
  ],
  [
    /\bGH013\b|repository rule violations/i,
    () =>
      'Let the owner of the token bypass the rulesets of that branch (Settings, Rules), or use the token of someone who may.',
  ],
  [
    /pack exceeds maximum allowed size/i,
    () =>
      'That is too much for one push: publish fewer documents at a time, with a narrower "include", or in packages with "working-directory".',
  ],
  [
    /shallow update not allowed/i,
    () =>
      'The codex does not have the commit any more that this one builds on. Was its history rewritten? Run it again.',
  ],
  [
    /\bGH006\b|protected branch/i,
    () => "Allow the token's owner to push to that branch (branch protection, rulesets), or use another token.",
  ],
  [/\barchived\b/i, () => 'Unarchive the codex, or name another one.'],
  [
    /pre-receive hook declined/i,
    () => 'A pre-receive hook of the server refused it: ask its administrators what that hook requires.',
  ],
];

function adviceFor(refusal: PushRefusal): string {
  const known = ADVICE.find(([phrase]) => phrase.test(refusal.message));
  return known
    ? known[1](refusal)
    : "Allow the token's owner to push to that branch (branch protection, rulesets), or use another token.";
}

function largeFilesAdvice(lines: readonly string[]): string {
  const files = lines.flatMap((line) => {
    const [, path, size] = /\bFile (.+) is ([\d.]+ ?[KMGT]?B); this exceeds/u.exec(line) ?? [];
    return path === undefined ? [] : [`${documentPhrase(path.trim())} (${size})`];
  });
  const named = files.length > 0 ? `: ${files.slice(0, MAX_NAMED).join(', ')}` : '';
  return `GitHub takes no file of that size${named}. Make it smaller, or leave it out with "exclude".`;
}
