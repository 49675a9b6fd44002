import { globProblem, isGlob, refGlobProblem } from '../documents/patterns.ts';
import { checkProjectName, isRepository, ORGANIZATION } from '../text/names.ts';
import { printable } from '../text/printable.ts';

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
export function parseLines(text: string | undefined): string[] {
  return (text ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * One reader for each kind of input. A reader takes the words of an input and returns its value; words it cannot use
 * become one sentence in `problems` (what was given, what is accepted), so that a run reports all of them at once.
 */
export function readers<Name extends string>(words: (name: Name) => string | undefined, problems: string[]) {
  function refuse(name: Name, accepted: string): undefined {
    problems.push(`Input "${name}" is "${printable(words(name) ?? '', 100)}". ${accepted}`);
  }

  function names(name: Name, of: 'projects' | 'repositories', isName: (line: string) => boolean): string[] {
    const lines = parseLines(words(name));
    for (const line of lines) {
      if (!line.includes('/') && globProblem(line) === undefined && (isGlob(line) || isName(line))) continue;
      problems.push(
        `Input "${name}" has "${printable(line, 100)}". Use names of ${of} or globs without "/" and "!" on them, one a line, such as widgets or doc-*.`,
      );
    }
    return lines;
  }

  return {
    choice<T extends string>(name: Name, choices: readonly T[]): T | undefined {
      const given = words(name);
      if (given === undefined) return undefined;
      return choices.find((choice) => choice === given) ?? refuse(name, `Use one of: ${choices.join(', ')}.`);
    },

    boolean(name: Name): boolean {
      const given = words(name)?.toLowerCase() ?? 'false';
      if (given !== 'true' && given !== 'false') refuse(name, 'Use true or false.');
      return given === 'true';
    },

    count(name: Name): number | undefined {
      const given = words(name);
      if (given === undefined || /^\d{1,15}$/.test(given)) return given === undefined ? undefined : Number(given);
      return refuse(name, 'Use a whole number, 0 or more.');
    },

    between(name: Name, least: number, most: number): number | undefined {
      const given = words(name);
      if (given === undefined) return undefined;
      if (/^\d{1,15}$/.test(given) && Number(given) >= least && Number(given) <= most) return Number(given);
      return refuse(name, `Use a whole number from ${least} to ${most}.`);
    },

    shard(name: Name): Shard {
      const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(words(name) ?? '1/1') ?? [];
      const shard = { index: Number(index), count: Number(count) };
      if (shard.index >= 1 && shard.index <= shard.count) return shard;
      refuse(name, 'Use i/n with i from 1 to n, such as 2/3 for the second of three jobs.');
      return { index: 1, count: 1 };
    },

    percent(name: Name): number | undefined {
      const given = words(name);
      if (given === undefined) return undefined;
      if (/^\d+(?:\.\d+)?$/.test(given) && Number(given) <= 100) return Number(given);
      return refuse(name, 'Use a number from 0 to 100.');
    },

    repository(name: Name): string | undefined {
      const given = words(name);
      if (given === undefined || isRepository(given)) return given;
      return refuse(name, 'Use owner/name, such as acme/codex.acme.com.');
    },

    organization(name: Name): string | undefined {
      const given = words(name);
      if (given === undefined || ORGANIZATION.pattern.test(given)) return given;
      return refuse(name, `Use ${ORGANIZATION.accepted}.`);
    },

    projectName(name: Name): string | undefined {
      const given = words(name);
      if (given === undefined) return undefined;
      const accepted = checkProjectName(given);
      return accepted === undefined ? given : refuse(name, accepted);
    },

    /** Names of projects and globs on them, one a line. */
    projectNames: (name: Name) => names(name, 'projects', (line) => !checkProjectName(line)),

    /** The same of repositories. */
    repositoryNames: (name: Name) => names(name, 'repositories', () => true),

    globs(name: Name): string[] {
      const globs = parseLines(words(name));
      for (const glob of globs) {
        const accepted = globProblem(glob);
        if (accepted) problems.push(`Input "${name}" has "${printable(glob, 100)}". Use ${accepted}.`);
      }
      return globs;
    },

    refGlobs(name: Name): string[] {
      const globs = parseLines(words(name));
      const accepted = globs.map(refGlobProblem).find((problem) => problem !== undefined);
      if (accepted) refuse(name, `Use ${accepted}.`);
      return globs;
    },

    author(name: Name): Author {
      const match = /^([^<>\p{Cc}]*[^<>\p{Cc}\s]) <([^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+)>$/u.exec(words(name) ?? '');
      // Git takes no name that is punctuation only.
      if (match?.[1] && match[2] && /[\p{L}\p{N}]/u.test(match[1])) return { name: match[1], email: match[2] };
      refuse(name, 'Use Name <email@example.com>.');
      return { name: '', email: '' };
    },

    preview(name: Name): PreviewName | undefined {
      const given = words(name);
      if (given === undefined) return undefined;
      const number = /^#?([1-9]\d{0,14})$/.exec(given)?.[1];
      if (number !== undefined) return number as PreviewName;
      if (/^heads\/\P{Cc}+$/u.test(given)) return given as PreviewName;
      return refuse(name, "Use a pull request's number, such as 12, or heads/<branch>.");
    },

    /** It is written into manifests, which take no control characters and no half of a character. */
    reason(name: Name): string | undefined {
      const given = words(name);
      if (given === undefined) return undefined;
      if (!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(given) && given.isWellFormed() && given.length <= MAX_REASON) return given;
      return refuse(name, `Use one line of at most ${MAX_REASON} characters.`);
    },

    line(name: Name): string {
      const given = words(name) ?? '';
      if (/\p{Cc}/u.test(given)) refuse(name, 'Use one line.');
      return given;
    },
  };
}
