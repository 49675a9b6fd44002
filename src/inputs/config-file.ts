import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { CodexSyncError, type Problem } from '../errors.ts';
import { printable } from '../text/phrases.ts';

export interface ConfigSource {
  text: string;
  /** The name in messages; a name that ends in `.json` requires JSON, every other name YAML. */
  file: string;
  /** Only this section of the file is read (`.fractary/config.yaml` belongs to several tools). */
  section?: 'codex';
}

/** Keys and list positions from the root of the configuration to a value. */
export type ConfigPath = readonly (string | number)[];

/**
 * A problem at one place of the file: `message` continues the sentence that its dotted key begins. `name` formats another
 * place for the sentence: its dotted key and its line.
 */
export interface Finding {
  path: ConfigPath;
  message: string | ((name: (path: ConfigPath) => string) => string);
  hint?: string;
}

/** The values of a configuration file, and their lines. */
export interface ConfigTree {
  data: Record<string, unknown>;
  /** The findings as `file:line: dotted.key message`, in the order of the file. */
  report(findings: readonly Finding[]): Problem[];
}

// Far above any real configuration. The time is quadratic in it: each key is compared with all keys of its map.
const MAX_CHARACTERS = 100_000;
const MAX_ALIASES = 100;
const MANY_ALIASES = 'Write the values out.';

/**
 * Reads JSON or YAML into plain data and keeps the lines (FR6). Undefined when the file lacks the `section`.
 * @throws CodexSyncError `bad-config` with file and line (NFR3) for anything except one map of plain values
 */
export function parseConfigText({ text, file, section }: ConfigSource): ConfigTree | undefined {
  const content = text.replace(/^\uFEFF/, '');
  const lineOf = countLines(content);
  const place = (offset: number) => `${file}:${lineOf(offset)}`;
  if (content.length > MAX_CHARACTERS) {
    throw new CodexSyncError('bad-config', `${file} is larger than 100 KB.`, `Check that it is a configuration.`);
  }

  const root = section === undefined ? [] : [section];
  const document = parseSyntax(content, file, place);
  const node = document.getIn(root, true) as Node | null | undefined;
  if (section !== undefined && (!isMap(document.contents) || !document.has(section))) return undefined;
  const map = isAlias(node) ? node.resolve(document) : node;
  if (map == null || (isScalar(map) && map.value === null)) {
    const what = section === undefined ? file : `${place(findOffset(document, root))}: ${section}`;
    throw new CodexSyncError('bad-config', `${what} is empty.`, `Fill it in or remove it.`);
  }
  if (!isMap(map)) {
    throw new CodexSyncError(
      'bad-config',
      `${place(map.range?.[0] ?? 0)}: ${section ?? 'the file'} is ${shown(map.toJS(document))}.`,
      'Use a map of settings.',
    );
  }

  const name = (path: ConfigPath) => {
    const key = [...root, ...path];
    return `${dotted(key)} (line ${lineOf(findOffset(document, key))})`;
  };
  return {
    data: map.toJS(document, { maxAliasCount: MAX_ALIASES }),
    report(findings) {
      return findings
        .map(({ path, message, hint }) => ({
          key: [...root, ...path],
          message: typeof message === 'string' ? message : message(name),
          hint,
        }))
        .map(({ key, message, hint }) => ({
          offset: findOffset(document, key),
          line: `${dotted(key)} ${message}`,
          hint,
        }))
        .sort((a, b) => a.offset - b.offset)
        .map(({ offset, line, hint }) => ({ problem: `${place(offset)}: ${line}`, hint }));
    },
  };
}

/** Formats a value for messages: short, on one line, a collection by its kind only, and never a token. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value.replace(GITHUB_TOKEN, '…'), 60)}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' && value !== null ? 'a map' : String(value);
}

/** `sync_patterns[2]`, `environments.branches.test`, `environments.branches["v1.2"]`: the form that a user searches for. */
function dotted(path: ConfigPath): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[\w$-]+$/.test(step) ? `.${step}` : `["${printable(step, 60)}"]`;
    })
    .join('')
    .replace(/^\./, '');
}

const GITHUB_TOKEN = /(?:gh[a-z]_|github_pat_)\w+/g;

/** A long word with digits is more likely a secret than anything else in a configuration. */
const SECRET_NAME = /(?=[^\s"',:[\]{}]*\d)[^\s"',:[\]{}]{16,}/g;

/**
 * A line of a broken file for a message. An unreadable file does not show which keys hold tokens, so a line that mentions
 * one is omitted.
 */
function withoutSecrets(rest: string, line: string): string | undefined {
  if (/token|secret|password|authorization|api.?key/i.test(line)) return undefined;
  return rest.replace(SECRET_NAME, '…');
}

function parseSyntax(content: string, file: string, place: (offset: number) => string): Document {
  try {
    if (/\.json$/i.test(file) && content.trim() !== '') checkJson(content, place);
    const document = parseDocument(content, { prettyErrors: false, logLevel: 'error' });
    const problems = [...syntaxProblems(document, content, place), ...nodeProblems(document, place)];
    if (problems.length > 0) throw CodexSyncError.join('bad-config', problems);
    // Before all other reads: it throws when few aliases expand to very many values ("billion laughs").
    document.toJS({ maxAliasCount: MAX_ALIASES });
    return document;
  } catch (error) {
    if (error instanceof RangeError)
      throw new CodexSyncError('bad-config', `${file} is nested too deeply.`, 'Use fewer levels.');
    if (error instanceof ReferenceError)
      throw new CodexSyncError('bad-config', `${file} has too many YAML aliases.`, MANY_ALIASES);
    throw error;
  }
}

/** All repeated keys, or else only the first other error: most errors after it are its consequences. */
function syntaxProblems(document: Document, content: string, place: (offset: number) => string): Problem[] {
  const [first] = document.errors.filter((error) => error.code !== 'DUPLICATE_KEY');
  if (first?.code === 'MULTIPLE_DOCS') {
    return [{ problem: `${place(first.pos[0])}: a second YAML document begins here.`, hint: 'Keep one.' }];
  }
  // The parser's code for an exhausted stack.
  if (first?.code === 'RESOURCE_EXHAUSTION') throw new RangeError(first.message);
  // After a colon the parser quotes the file, which may hold a token.
  if (first) {
    const message = printable(first.message.replace(/: .*$/s, ''), 200);
    return [{ problem: `${place(first.pos[0])}: ${message}.`, hint: 'Correct the YAML there.' }];
  }
  return document.errors.map(({ pos: [offset] }) => {
    const key = content.slice(offset).split(/\s*[:,\n]/, 1)[0] ?? '';
    const problem = `${place(offset)}: the key ${printable(key, 60)} appears twice in the same map.`;
    return { problem, hint: 'Keep one.' };
  });
}

function nodeProblems(document: Document, place: (offset: number) => string): Problem[] {
  const problems: Problem[] = [];
  const refuse = (node: Node, why: string, hint?: string) =>
    problems.push({ problem: `${place(node.range?.[0] ?? 0)}: ${why}`, hint });
  let aliases = 0;
  visit(document, {
    Alias(_, alias) {
      aliases++;
      // Each look-up walks the document, so the limit comes first.
      if (aliases <= MAX_ALIASES && alias.resolve(document)) return;
      refuse(
        alias,
        aliases > MAX_ALIASES
          ? 'too many YAML aliases.'
          : `*${printable(alias.source.replace(SECRET_NAME, '…'), 60)} has no anchor.`,
        aliases > MAX_ALIASES ? MANY_ALIASES : 'Put quotes around it if it is a text.',
      );
      return visit.BREAK;
    },
    Scalar(position, scalar) {
      // In the plain object of the values it would be the prototype, not a key.
      if (position === 'key' && scalar.value === '__proto__')
        refuse(scalar, '__proto__ cannot be a key.', 'Remove it.');
    },
  });
  return problems;
}

/** The offset of `path`, as deep as the file has it: a missing key is reported at its parent. */
function findOffset(document: Document, path: ConfigPath): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of path) {
    const parent = isAlias(node) ? node.resolve(document) : node;
    let place: unknown;
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value ?? '') === step);
      place = pair?.key;
      node = pair?.value;
    } else if (isSeq(parent)) {
      place = node = parent.items[Number(step)];
    }
    offset = (place as Node | undefined)?.range?.[0] ?? offset;
  }
  return offset;
}

/** The line of an offset, from 1; for a gap at the end of the file, its last line that is not blank. */
function countLines(content: string): (offset: number) => number {
  const lines = new LineCounter();
  const end = content.trimEnd().length;
  lines.addNewLine(0);
  for (const { index } of content.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return (offset) => lines.linePos(Math.min(offset, end)).line;
}

/** YAML allows more than JSON: this rejects comments, trailing commas and single quotes. */
function checkJson(content: string, place: (offset: number) => string): void {
  try {
    JSON.parse(content);
  } catch {
    // JSON.parse reports the position only in prose, and not always.
    const offset = findJsonFault(content);
    const [rest = ''] = content.slice(offset).split('\n', 1);
    const line = content.slice(content.lastIndexOf('\n', offset - 1) + 1, offset) + rest;
    const begin = withoutSecrets(rest, line)?.slice(0, 30).trimEnd();
    const fault =
      rest.trim() === ''
        ? 'the file ends before its JSON does'
        : `not valid JSON from here on${begin === undefined ? '' : `: ${printable(begin)}`} (no comments, trailing commas or single quotes)`;
    throw new CodexSyncError('bad-config', `${place(offset)}: ${fault}.`, 'Correct the JSON there.');
  }
}

const JSON_STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy;
const JSON_LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

/** The offset of the first part of `content` that is not JSON. */
function findJsonFault(content: string): number {
  let offset = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = offset;
    const found = pattern.exec(content);
    offset += found?.[0].length ?? 0;
    return found !== null;
  };
  const take = (pattern: RegExp): boolean => skip(/[ \t\n\r]*/y) && skip(pattern);
  const members = (member: () => boolean, close: RegExp): boolean => {
    if (take(close)) return true;
    do if (!member()) return false;
    while (take(/,(?!\s*[}\]])/y));
    return take(close);
  };
  const value = (): boolean =>
    take(JSON_STRING) ||
    take(JSON_LITERAL) ||
    (take(/\{/y) && members(() => take(JSON_STRING) && take(/:/y) && value(), /\}/y)) ||
    (take(/\[/y) && members(value, /\]/y));
  if (value()) take(/$/y);
  return offset;
}
