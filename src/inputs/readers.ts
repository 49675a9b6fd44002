import { createPrivateKey } from 'node:crypto';
import { globProblem, isGlob, refGlobProblem } from '../documents/patterns.ts';
import type { Problem } from '../errors.ts';
import { checkProjectName, isRepository, ORGANIZATION } from '../text/names.ts';
import { nameSome, printable } from '../text/phrases.ts';
import { SHORTEST_SECRET } from '../text/secrets.ts';
import { inputName, inputSubject, spelled, type TokenInput, tokenPhrase } from '../text/spell-inputs.ts';

/** The values of the input `mode`. */
export const MODES = [
  'sync-project',
  'sync-org',
  'promote',
  'retire',
  'status',
  'fetch',
  'cache-list',
  'doctor',
] as const;
export type Mode = (typeof MODES)[number];

/** Modes that write to the codex, and so have guards. */
export const WRITING_MODES: readonly Mode[] = ['sync-project', 'sync-org', 'promote', 'retire'];

export function writes(mode: Mode): boolean {
  return WRITING_MODES.includes(mode);
}

/** Modes without a checkout, so `working-directory` is only a name. */
const WITHOUT_CHECKOUT: readonly Mode[] = ['sync-org', 'promote', 'retire'];

export function needsNoCheckout(mode: Mode): boolean {
  return WITHOUT_CHECKOUT.includes(mode);
}

/** Whether `project` may name several projects. */
function takesProjects(mode: Mode): boolean {
  return mode === 'promote';
}

interface GivenInput {
  /** The given text, else the default; `undefined` without either. */
  readonly text: string | undefined;
  readonly mode: Mode;
  /**
   * Records that the text is invalid, and the accepted values: a run reports the problems of all inputs at once. The
   * default of `problem` repeats the text.
   */
  readonly refuse: (accepted: string, problem?: string) => undefined;
  /** Does the same for one entry of a list. */
  readonly refuseEntry: (entry: string, accepted: string) => void;
}

/** The form of an input that is not one word: `true` or `false`, or one entry a line. */
type InputForm = 'boolean' | 'lines';

/** A kind of input: the conversion of its text to a value, and its description in a help. */
export interface InputType<T> {
  readonly form?: InputForm;
  readonly choices?: readonly string[];
  /** A rejected text has no value: `undefined`, or a placeholder that no run receives. */
  readonly read: (input: GivenInput) => T;
}

export interface Author {
  readonly name: string;
  readonly email: string;
}

/** One share of several, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The owner of a preview: a pull request's number, or a branch. */
export type PreviewName = `${number}` | `heads/${string}`;

/** A longer text is not a reason. */
const MAX_REASON = 500;

/** Splits a list input: one entry a line, blank lines dropped. */
function parseLines(text: string | undefined): string[] {
  return (text ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Any text, interpreted later. */
export const TEXT: InputType<string | undefined> = { read: ({ text }) => text };

/** Lines of any text, interpreted later. */
export const TEXT_LINES: InputType<string> = { form: 'lines', read: ({ text = '' }) => text };

export const LINE: InputType<string> = {
  read({ text = '', refuse }) {
    if (/\p{Cc}/u.test(text)) refuse('Use one line.');
    return text;
  },
};

export const BOOLEAN: InputType<boolean | undefined> = {
  form: 'boolean',
  read({ text, refuse }) {
    const given = text?.toLowerCase();
    if (given === undefined || given === 'true' || given === 'false') return given && given === 'true';
    return refuse('Use true or false.');
  },
};

export function choice<const T extends string>(choices: readonly T[]): InputType<T | undefined> {
  return {
    choices,
    read({ text, refuse }) {
      if (text === undefined) return undefined;
      return choices.find((one) => one === text) ?? refuse(`Use one of: ${choices.join(', ')}.`);
    },
  };
}

const isWholeNumber = (text: string) => /^\d{1,15}$/.test(text);

export const COUNT: InputType<number | undefined> = {
  read({ text, refuse }) {
    if (text === undefined) return undefined;
    return isWholeNumber(text) ? Number(text) : refuse('Use a whole number, 0 or more.');
  },
};

export function wholeNumber(least: number, limit: number): InputType<number | undefined> {
  return {
    read({ text, refuse }) {
      if (text === undefined) return undefined;
      if (isWholeNumber(text) && Number(text) >= least && Number(text) <= limit) return Number(text);
      return refuse(`Use a whole number from ${least} to ${limit}.`);
    },
  };
}

export const PERCENT: InputType<number | undefined> = {
  read({ text, refuse }) {
    if (text === undefined) return undefined;
    if (/^\d+(?:\.\d+)?$/.test(text) && Number(text) <= 100) return Number(text);
    return refuse('Use a number from 0 to 100.');
  },
};

export const SHARD: InputType<Shard | undefined> = {
  read({ text = '', refuse }) {
    const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
    const shard = { index: Number(index), count: Number(count) };
    if (shard.index >= 1 && shard.index <= shard.count) return shard;
    return refuse('Use i/n with i from 1 to n, such as 2/3 for the second of three jobs.');
  },
};

export const ANY_REPOSITORY: InputType<string | undefined> = {
  read({ text, refuse }) {
    if (text === undefined || isRepository(text)) return text;
    return refuse('Use owner/name, such as acme/codex.acme.com.');
  },
};

export const ORGANIZATION_NAME: InputType<string | undefined> = {
  read({ text, refuse }) {
    if (text === undefined || ORGANIZATION.pattern.test(text)) return text;
    return refuse(`Use ${ORGANIZATION.accepted}.`);
  },
};

/** One name of a project; in a mode that takes several, names and globs on them. */
export const PROJECT_GLOBS: InputType<readonly string[]> = {
  form: 'lines',
  read(input) {
    const { text, mode, refuse } = input;
    if (takesProjects(mode)) return readNames(input, 'projects', (line) => !checkProjectName(line));
    const names = parseLines(text);
    if (names.length > 1) {
      refuse(
        'Give one.',
        `${names.length} projects are given: ${nameSome(names.map((name) => printable(name, 100)))}.`,
      );
      return [];
    }
    const accepted = text === undefined ? undefined : checkProjectName(text);
    if (accepted !== undefined) refuse(accepted);
    return text === undefined ? [] : [text];
  },
};

export const REPOSITORY_NAMES: InputType<readonly string[]> = {
  form: 'lines',
  read: (input) => readNames(input, 'repositories', () => true),
};

function readNames(
  { text, refuseEntry }: GivenInput,
  of: 'projects' | 'repositories',
  isName: (line: string) => boolean,
): readonly string[] {
  const lines = parseLines(text);
  for (const line of lines) {
    if (!line.includes('/') && globProblem(line) === undefined && (isGlob(line) || isName(line))) continue;
    refuseEntry(line, `Use names of ${of} or globs without "/" and "!" on them, one a line, such as widgets or doc-*.`);
  }
  return lines;
}

export const GLOBS: InputType<readonly string[]> = {
  form: 'lines',
  read({ text, refuseEntry }) {
    const globs = parseLines(text);
    for (const glob of globs) {
      const accepted = globProblem(glob);
      if (accepted) refuseEntry(glob, `Use ${accepted}.`);
    }
    return globs;
  },
};

export const REF_GLOBS: InputType<readonly string[]> = {
  form: 'lines',
  read({ text, refuse }) {
    const globs = parseLines(text);
    const accepted = globs.map(refGlobProblem).find((problem) => problem !== undefined);
    if (accepted) refuse(`Use ${accepted}.`);
    return globs;
  },
};

export const AUTHOR: InputType<Author | undefined> = {
  read({ text, refuse }) {
    if (text === undefined) return undefined;
    const match = /^([^<>\p{Cc}]*[^<>\p{Cc}\s]) <([^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+)>$/u.exec(text);
    // Git rejects a name of punctuation only.
    if (match?.[1] && match[2] && /[\p{L}\p{N}]/u.test(match[1])) return { name: match[1], email: match[2] };
    return refuse('Use Name <email@example.com>.');
  },
};

export const PREVIEW: InputType<PreviewName | undefined> = {
  read({ text, refuse }) {
    if (text === undefined) return undefined;
    const number = /^#?([1-9]\d{0,14})$/.exec(text)?.[1];
    if (number !== undefined) return number as PreviewName;
    if (/^heads\/\P{Cc}+$/u.test(text)) return text as PreviewName;
    return refuse("Use a pull request's number, such as 12, or heads/<branch>.");
  },
};

/** Manifests contain it, and they accept no control characters and no lone surrogates. */
export const REASON: InputType<string | undefined> = {
  read({ text, refuse }) {
    if (text === undefined) return undefined;
    if (!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && text.isWellFormed() && text.length <= MAX_REASON) return text;
    return refuse(`Use one line of at most ${MAX_REASON} characters.`);
  },
};

/**
 * Reads one input.
 * @param problems gets one for each invalid text: the given value, and as hint the accepted ones
 */
export function readInput<T>(
  name: string,
  { read }: InputType<T>,
  given: { readonly text: string | undefined; readonly mode: Mode },
  problems: Problem[],
): T {
  const { text } = given;
  return read({
    ...given,
    refuse(accepted, problem = `${inputSubject(name)} is "${printable(text ?? '', 100)}".`) {
      problems.push({ problem, hint: accepted });
    },
    refuseEntry(entry, accepted) {
      problems.push({ problem: `${inputSubject(name)} has "${printable(entry, 100)}".`, hint: accepted });
    },
  });
}

/** Each names a GitHub App; GitHub recommends the client ID. */
export type AppInput = 'client-id' | 'app-id';

/** The credentials of a GitHub App. */
export interface AppKey {
  /** The App's client ID, or its number. */
  readonly id: string;
  /** The input that names the App. */
  readonly input: AppInput;
  /** PEM, in PKCS#1 or PKCS#8, with real line breaks. */
  readonly privateKey: string;
}

/** The texts of the inputs for credentials; `undefined` is "not given". */
export interface GivenCredentials {
  readonly clientId: string | undefined;
  readonly appId: string | undefined;
  readonly privateKey: string | undefined;
  readonly token: string | undefined;
  readonly projectToken: string | undefined;
}

const APP_ID = /^(?:\d{1,15}|Iv[\dA-Za-z.]{6,60})$/;
const PEM = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----\n[\dA-Za-z+/=\n]+\n-----END \1-----/;

/** Why a secret can be empty although the workflow names it. */
export function emptySecretAdvice(): string {
  return spelled({
    workflow:
      'Check that the secret is available here: it must be defined for this repository or environment, and runs started by a ' +
      'fork or by Dependabot do not get it.',
    terminal: 'Check the variable or the file that it comes from.',
  });
}

/**
 * Reads the credentials of a GitHub App; each invalid input becomes one of `problems`. None repeats a value:
 * a key may have been pasted into the wrong input.
 */
export function parseAppKey(given: GivenCredentials, problems: Problem[]): AppKey | undefined {
  const { clientId, appId, privateKey } = given;
  const input = clientId === undefined ? 'app-id' : 'client-id';
  const id = clientId ?? appId;
  if (id === undefined && privateKey === undefined) return undefined;
  const before = problems.length;
  if (id === undefined) {
    problems.push({
      problem: `${inputSubject('private-key')} is given, but ${inputName('client-id')} (or ${inputName('app-id')}) is empty.`,
      hint: 'Give both for a GitHub App, or none for a token.',
    });
  } else if (!APP_ID.test(id)) {
    problems.push({
      problem: `${inputSubject(input)} is neither a client ID nor a number.`,
      hint: "Use the client ID (such as Iv23liAbCdEf01234567) or the App ID (such as 123456) from the App's settings.",
    });
  }
  if (clientId !== undefined && appId !== undefined && clientId !== appId) {
    problems.push({
      problem: `${inputSubject('client-id', 'app-id')} both name the GitHub App, and their values differ.`,
      hint: `Give only ${inputName('client-id')}.`,
    });
  }
  const pem = privateKey && readKey(privateKey);
  if (privateKey === undefined) {
    problems.push({
      problem: `${inputSubject('private-key')} is empty, but ${inputName(input)} is given.`,
      hint: emptySecretAdvice(),
    });
  } else if (!pem) {
    problems.push({
      problem: `${inputSubject('private-key')} is not the private key of a GitHub App.`,
      hint:
        "Use the whole .pem file that GitHub made in the App's settings, " +
        'from "-----BEGIN" to "-----END", with its line breaks or with \\n for each.',
    });
  }
  if (isTokenBeside(given)) {
    problems.push({
      problem: `${inputSubject('token', input)} are both given, and only one can act in the codex.`,
      hint: `Leave out ${inputName('token')} to use the App, or ${inputName(input)} and ${inputName('private-key')} to use the token.`,
    });
  }
  return id && pem && problems.length === before ? { id, input, privateKey: pem } : undefined;
}

/** Lines of a private key to mask: GitHub masks line by line. */
export function secretLines(privateKey: string): string[] {
  return linesOf(privateKey).filter((line) => line.length >= SHORTEST_SECRET && !line.startsWith('-----'));
}

function readKey(text: string): string | undefined {
  const pem = PEM.exec(linesOf(text).join('\n'))?.[0];
  if (pem === undefined) return undefined;
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa' ? pem : undefined;
  } catch {
    return undefined;
  }
}

function linesOf(text: string): string[] {
  return text
    .split(/\\+[rn]|[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * Whether a token was given as well. The runner always sends the default, the workflow's own token, and does not mark it as
 * the default; but it equals `project-token`, or is at least an installation's token.
 */
function isTokenBeside({ token, projectToken }: GivenCredentials): boolean {
  return token !== undefined && token !== projectToken && !token.startsWith('ghs_');
}

/** The characters of a token in a header of HTTP (RFC 9110, token68); all tokens of GitHub consist of them. */
const TOKEN = /^[\w.~+/-]+=*$/;

/** The kinds of characters that a pasted text has, and a token does not. */
const FOREIGN_CHARACTERS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a line break', /[\r\n\u2028\u2029]/],
  ['white space', /\s/],
  ['a quotation mark', /["'`]/],
];

/** The problem of a text that cannot be a token; it never repeats the text. No request is made with such a token. */
export function tokenProblem(name: TokenInput, text: string | undefined): Problem | undefined {
  if (text === undefined || TOKEN.test(text)) return undefined;
  const [kind] = FOREIGN_CHARACTERS.find(([, pattern]) => pattern.test(text)) ?? [];
  return {
    problem: `The ${tokenPhrase(name)} has ${kind === undefined ? 'a character that no token has' : `${kind}, which no token has`}.`,
    hint: spelled({
      workflow: 'Store the token alone as the secret: one line, without spaces and quotation marks.',
      terminal: 'Give the token alone: one line, without spaces and quotation marks.',
    }),
  };
}

/** A token in the form of HTTP basic authorization, which git sends to GitHub. */
export function basicAuthorization(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

/** Every form of a token to mask. */
export function secretForms(token: string): string[] {
  // A text of several lines is no token, but each line may be one, and the runner shows lines one by one.
  const lines = linesOf(token).filter((line) => line.length >= SHORTEST_SECRET);
  const forms = [...new Set([token, token.trim(), ...lines])].filter((form) => form.trim() !== '');
  return forms.flatMap((form) => [form, Buffer.from(form).toString('base64'), basicAuthorization(form)]);
}
