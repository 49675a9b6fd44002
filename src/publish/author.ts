import { DEFAULT_AUTHOR } from '../inputs/definitions.ts';
import type { Author } from '../inputs/readers.ts';
import { printable } from '../text/phrases.ts';
import { theInput } from '../text/spell-inputs.ts';

/** The author of a run's commits. */
export interface AuthorReader {
  /** Starts the request for the App's bot beside others, so that no later step waits for it. */
  readonly begin: () => void;
  /** Never fails: without an answer the author is the default, and a notice gives the reason. */
  readonly read: () => Promise<Author>;
}

/** @param findBot requests the bot of the App that acts in the codex; `undefined` without an App */
export function createAuthorReader(
  given: Author | undefined,
  findBot: (() => Promise<Author>) | undefined,
  notice: (text: string) => void,
): AuthorReader {
  if (given || !findBot) return { begin: () => undefined, read: async () => given ?? DEFAULT_AUTHOR };
  const request = findBot;
  let finding: Promise<{ readonly bot: Author } | { readonly problem: string }> | undefined;
  let reading: Promise<Author> | undefined;

  function find(): NonNullable<typeof finding> {
    finding ??= request().then(
      (bot) => ({ bot }),
      (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
    );
    return finding;
  }

  async function read(): Promise<Author> {
    const found = await find();
    if ('bot' in found) return found.bot;
    notice(
      `GitHub did not return the App's bot (${printable(found.problem, 200)}), so ${DEFAULT_AUTHOR.name} is the author of ` +
        `this commit. Give ${theInput('author')} to choose the author.`,
    );
    return DEFAULT_AUTHOR;
  }

  return {
    begin: () => void find(),
    read() {
      reading ??= read();
      return reading;
    },
  };
}
