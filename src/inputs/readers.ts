import { globProblem, isGlob, refGlobProblem } from '../documents/patterns.ts';
import { checkProjectName, isRepository, ORGANIZATION } from '../text/names.ts';
import { printable } from '../text/printable.ts';
import { type Mode, takesProjects } from './modes.ts';

/** One input of a run. */
interface GivenInput {
  /** What was given, else the default; `undefined` where there is neither. */
  readonly text: string | undefined;
  readonly mode: Mode;
  /** Records that the text cannot be used, and what is accepted: a run reports the problems of all inputs at once. */
  readonly refuse: (accepted: string) => undefined;
  /** The same of one entry of a list. */
  readonly refuseEntry: (entry: string, accepted: string) => void;
}

/** What an input takes, where that is not one word: `true` or `false`, or one entry a line. */
type InputForm = 'boolean' | 'lines';

/** A kind of input: how its text becomes a value, and what a help says of it. */
export interface InputType<T> {
  readonly form?: InputForm;
  readonly choices?: readonly string[];
  /** A text that it refuses has no value: `undefined`, or a stand-in that no run gets to see. */
  readonly read: (input: GivenInput) => T;
}

/** Who a commit is by. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** One share of several, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What a preview belongs to: a pull request's number, or a branch. */
export type PreviewName = `${number}` | `heads/${string}`;

/** More than this is no reason but a text. */
const MAX_REASON = 500;

/** Splits a list input: one entry a line, blank lines dropped. */
function parseLines(text: string | undefined): string[] {
  return (text ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Any text; what it means is read later. */
export const TEXT: InputType<string | undefined> = { read: ({ text }) => text };

/** The same, with lines that are read later. */
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

/** One name of a project; of the mode that takes several, names and globs on them. */
export const PROJECT_GLOBS: InputType<readonly string[]> = {
  form: 'lines',
  read(input) {
    const { text, mode, refuse } = input;
    if (takesProjects(mode)) return readNames(input, 'projects', (line) => !checkProjectName(line));
    const accepted = text === undefined ? undefined : checkProjectName(text);
    if (accepted !== undefined) refuse(accepted);
    return text === undefined ? [] : [text];
  },
};

/** Globs on names of repositories. */
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
  read({ text = '', refuse }) {
    const match = /^([^<>\p{Cc}]*[^<>\p{Cc}\s]) <([^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+)>$/u.exec(text);
    // Git takes no name that is punctuation only.
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

/** It is written into manifests, which take no control characters and no half of a character. */
export const REASON: InputType<string | undefined> = {
  read({ text, refuse }) {
    if (text === undefined) return undefined;
    if (!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && text.isWellFormed() && text.length <= MAX_REASON) return text;
    return refuse(`Use one line of at most ${MAX_REASON} characters.`);
  },
};

/**
 * Reads one input.
 * @param problems gets a sentence for each text that cannot be used: what was given, what is accepted
 */
export function readInput<T>(
  name: string,
  { read }: InputType<T>,
  given: { readonly text: string | undefined; readonly mode: Mode },
  problems: string[],
): T {
  const { text } = given;
  return read({
    ...given,
    refuse(accepted) {
      problems.push(`Input "${name}" is "${printable(text ?? '', 100)}". ${accepted}`);
    },
    refuseEntry(entry, accepted) {
      problems.push(`Input "${name}" has "${printable(entry, 100)}". ${accepted}`);
    },
  });
}
