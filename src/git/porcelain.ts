import type { CheckoutListing } from '../documents/select.ts';
import type { PushRefusal } from './push-refusal.ts';

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
  const index = new Map<string, { mode: string; id: string }>();
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
        index.set(path, { mode, id });
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

export function parseTree(output: Buffer): TreeEntry[] {
  return splitNul(output).map(parseTreeEntry);
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
  return (lines.at(-1) ?? 'git said nothing').replace(/^(?:fatal|error): /, '');
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
