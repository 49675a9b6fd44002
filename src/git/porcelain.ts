import type { CheckoutListing, IndexEntry } from '../documents/select.ts';
import { type BranchName, blobId } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { inputName, theInput } from '../text/spell-inputs.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeName(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The few words in every line, as one shared text each: 50,000 lines would otherwise hold as many copies. */
const TOKENS = ['100644', '100755', '120000', '160000', '040000', 'blob', 'tree', 'commit', 'H', '0'];
const SHARED = new Map(TOKENS.map((token) => [token, token]));

/** Splits a line up to `end`. A slice of the line as text would keep the whole line in memory. */
function splitTokens(line: Buffer, end: number): string[] {
  const tokens: string[] = [];
  for (let start = 0; start <= end; ) {
    const space = line.indexOf(0x20, start);
    const stop = space === -1 || space > end ? end : space;
    const token = line.toString('latin1', start, stop);
    tokens.push(SHARED.get(token) ?? token);
    start = stop + 1;
  }
  return tokens;
}

/**
 * Collects the output of `git ls-files -z -t --stage --cached --modified --deleted --others --exclude-standard`, and of
 * `--others --ignored` alone. A tracked file is `<tag> <mode> <id> <stage>\t<path>`, once for each of its states; any
 * other is `? <path>`.
 */
export function createListing() {
  const index = new Map<string, IndexEntry>();
  const changed = new Set<string>();
  const deleted = new Set<string>();
  const unmerged = new Set<string>();
  const untracked: string[] = [];
  const nested: string[] = [];
  const ignored: string[] = [];
  const nestedIgnored: string[] = [];
  const undecodable = new Set<string>();

  return {
    add(piece: Buffer): void {
      const tag = String.fromCharCode(piece[0] ?? 0);
      const tab = tag === '?' ? 1 : piece.indexOf(0x09);
      const path = decodeName(piece.subarray(tab + 1));
      if (path === undefined) {
        undecodable.add(piece.subarray(tab + 1).toString('latin1'));
      } else if (tag === '?') {
        // A path that ends in a slash is another repository inside this one.
        if (path.endsWith('/')) nested.push(path.slice(0, -1));
        else untracked.push(path);
      } else {
        const [, mode = '', id = '', stage] = splitTokens(piece, tab);
        if (stage !== '0') unmerged.add(path);
        if (tag === 'C') changed.add(path);
        else if (tag === 'R') deleted.add(path);
        index.set(path, { mode, id: blobId(id) });
      }
    },
    addIgnored(piece: Buffer): void {
      const path = decodeName(piece);
      if (path === undefined) undecodable.add(piece.toString('latin1'));
      else if (path.endsWith('/')) nestedIgnored.push(path.slice(0, -1));
      else ignored.push(path);
    },
    listed: (): CheckoutListing => ({
      ...{ index, changed, deleted, unmerged, untracked, nested, nestedIgnored, ignored },
      nestedSelected: new Set(),
      bitAlone: new Map(),
      filtered: new Map(),
      undecodable: [...undecodable],
    }),
  };
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly id: string;
  /** `undefined` when the name is not UTF-8. */
  readonly path: string | undefined;
}

/** Parses an entry of `git ls-tree -z`: `<mode> <type> <id>\t<path>`. */
export function parseTreeEntry(piece: Buffer): TreeEntry {
  const tab = piece.indexOf(0x09);
  const [mode = '', type = '', id = ''] = splitTokens(piece, tab);
  return { mode, type, id, path: decodeName(piece.subarray(tab + 1)) };
}

export type PushOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected' }
  /** Final: a protected branch, a rule or a hook, with the remote's own message. */
  | ({ readonly kind: 'refused' } & PushRefusal)
  /** No answer for the ref: a broken connection, or a token without permission. The commit may be accepted. */
  | { readonly kind: 'unknown'; readonly message: string };

// Git reports a lost race in its own message or, for most races under load, with the remote's: its lock, its old value,
// a branch that both runs create or that another process deletes.
const REJECTED = [
  /^\[rejected\]/,
  /^\[remote rejected\] \(.*(?:cannot lock ref|failed to update ref|incorrect old value|reference already exists|does not exist)/,
];

const ANSWERED = /^\[(?:remote )?rejected\]/;
// GitHub's messages when it could not carry out a valid push.
const TRANSIENT = /internal server error|fatal error in commit_refs/i;

// Permanent statuses: too large, not allowed, a proxy's refusal. For 401, 403 and 404 we query the server; 408 and 429
// pass.
const REFUSED_BY_HTTP = /\b(?:HTTP|returned error:) 4(?!0[1348]|29)\d\d\b/;

// After this message the server closes the connection: the push is over its size limit, and so is a repeated one.
const TOO_LARGE = /^fatal: pack exceeds maximum allowed size/;

function lastHttpMessage(stderr: string): string {
  return lastMessage(
    stderr
      .split('\n')
      .filter((line) => REFUSED_BY_HTTP.test(line))
      .join('\n'),
  );
}

/** Parses `git push --porcelain` of one ref: `<flag>\t<from>:<to>\t<summary>`. */
export function parsePush(exitCode: number, stdout: string, stderr: string): PushOutcome {
  const [flag, , summary = ''] =
    stdout
      .split('\n')
      .map((line) => line.split('\t'))
      .find((fields) => fields.length === 3) ?? [];
  if (exitCode === 0) return { kind: 'accepted' };
  const lines = remoteLines(stderr);
  if (flag === undefined && REFUSED_BY_HTTP.test(stderr))
    return { kind: 'refused', message: lastHttpMessage(stderr), lines };
  const tooLarge = lines.find((line) => TOO_LARGE.test(line));
  if (flag === undefined && tooLarge !== undefined) return { kind: 'refused', message: tooLarge.trim(), lines };
  if (flag !== '!' || !ANSWERED.test(summary) || TRANSIENT.test(summary))
    return { kind: 'unknown', message: lastMessage(stderr) };
  if (REJECTED.some((pattern) => pattern.test(summary))) return { kind: 'rejected' };
  // The remote's own message as one text, with git's summary; the summary alone without a message.
  const given = lines.map((line) => line.trim()).filter((line) => line !== '');
  return { kind: 'refused', message: [...given, summary].join(' '), lines };
}

function remoteLines(stderr: string): string[] {
  const tagged = stderr.split('\n').filter((line) => line.startsWith('remote: '));
  return tagged.map((line) => line.slice('remote: '.length).trimEnd());
}

/** Git's last error line, without its tag. */
export function lastMessage(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? 'git gave no message').replace(/^(?:fatal|error): /, '');
}

const ESCAPES: Record<string, string> = { '\n': '\\n', '"': '\\"', '\\': '\\\\' };

/** Quotes a name in git's C style: no line break, quote or separator in a name can end it in a list. */
export function quoteName(name: string): string {
  return `"${name.replace(/[\n"\\]/g, (character) => ESCAPES[character] ?? character)}"`;
}

const EMPTY_BUFFER = Buffer.alloc(0);

/** Cuts an output at every `separator` as it arrives. Never keeps the whole; a piece is valid until `take` returns. */
export function createCutter(separator: number, take: (piece: Buffer) => void) {
  let rest = EMPTY_BUFFER;
  return {
    read(output: Buffer): void {
      let start = 0;
      for (let end = output.indexOf(separator); end !== -1; end = output.indexOf(separator, start)) {
        const piece = output.subarray(start, end);
        take(rest.length === 0 ? piece : Buffer.concat([rest, piece]));
        rest = EMPTY_BUFFER;
        start = end + 1;
      }
      if (start < output.length) rest = Buffer.concat([rest, output.subarray(start)]);
    },
    end(): void {
      if (rest.length > 0) take(rest);
      rest = EMPTY_BUFFER;
    },
  };
}

export function splitNul(output: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  const { read, end } = createCutter(0, (piece) => pieces.push(piece));
  read(output);
  end();
  return pieces;
}

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
  readonly branch: BranchName;
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
    ? ' If it is not a secret, open the address to allow it, then run this again.'
    : " If it is not a secret, allow it in the codex's settings for push protection, then run this again.";
  return (
    `GitHub's push protection found ${secrets.length === 1 ? 'a secret' : 'secrets'}: ${named.join('; ')}${others}. ` +
    `Revoke it, remove it from the document in the project, or leave that document out with ${inputName('exclude')}.${allow}`
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
      `The owner of the address in ${theInput('author')} keeps it private: use one that ends with @users.noreply.github.com, or leave ${inputName('author')} out.`,
  ],
  [
    /without `?workflows?`? (?:permission|scope)/i,
    () =>
      'This push adds workflow files to the branch: give the token the permission "Workflows: read and write" (the scope "workflow" of a classic token).',
  ],
  [
    /verified signatures?|must be signed|signed commits/i,
    () =>
      "The commits of this tool are not signed: allow the token's owner to bypass the rule that requires signed commits on that branch.",
  ],
  [
    /\bGH013\b|repository rule violations/i,
    () => "Allow the token's owner to bypass the rulesets of that branch (Settings, Rules), or use another token.",
  ],
  [
    /pack exceeds maximum allowed size/i,
    () =>
      `That is too much for one push: publish fewer documents at a time, with a narrower ${inputName('include')}, or in packages with ${inputName('working-directory')}.`,
  ],
  [
    /shallow update not allowed/i,
    () => 'The codex no longer has the commit that this one builds on. Was its history rewritten? Run it again.',
  ],
  [
    /\bGH006\b|protected branch/i,
    () => "Allow the token's owner to push to that branch (branch protection, rulesets), or use another token.",
  ],
  [/\barchived\b/i, () => 'Unarchive the codex, or name another one.'],
  [
    /pre-receive hook declined/i,
    () => 'A pre-receive hook of the server refused it: ask its administrators for the requirements of that hook.',
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
  return `GitHub accepts no file of that size${named}. Make it smaller, or leave it out with ${inputName('exclude')}.`;
}
