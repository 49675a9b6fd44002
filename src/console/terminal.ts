import { createInterface } from 'node:readline/promises';
import { stripVTControlCharacters, styleText } from 'node:util';
import { CodexSyncError } from '../errors.ts';
import type { Console } from '../report/log.ts';
import { hideSecret, withoutSecrets } from '../text/secrets.ts';

/** Neutralizes runner commands: a line that starts with `::` after blanks (as .NET defines them), or holds `##[`. */
export function neutral(text: string): string {
  return text.replace(/^([\s\u0085]*):(?=:)/gm, '$1\u200b:').replaceAll('##[', '##\u200b[');
}

type Stream = NodeJS.WriteStream;
type Style = Parameters<typeof styleText>[0];

export interface TerminalOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Standard output carries one JSON document, and standard error all other text. */
  readonly json: boolean;
  readonly verbose: boolean;
  readonly setExitCode: (code: number) => void;
}

/** A step that takes longer is shown even where no line can be replaced, and again after another line replaced it. */
const LONG_STEP_MILLISECONDS = 1500;

/** A person's terminal or a substitute; colours and a live line only on a real one. */
export function createTerminalConsole({ stdout, stderr, json, verbose, setExitCode }: TerminalOptions): Console {
  const lines = json ? stderr : stdout;
  let live = '';
  let step = '';
  let isLogged = false;
  let timer: NodeJS.Timeout | undefined;

  function shown(text: string): string {
    // A terminal obeys control characters: keep only line ends and tabs.
    return withoutSecrets(text).replace(/(?![\n\t])\p{Cc}/gu, '\ufffd');
  }

  function write(stream: Stream, text: string, style?: Style): void {
    showLive('');
    const plain = neutral(shown(text));
    const styled = style !== undefined && hasColors(stream) ? paint(style, plain) : plain;
    stream.write(`${styled}\n`);
    awaitStep();
  }

  function showLive(text: string): void {
    if (!stderr.isTTY || text === live) return;
    live = text;
    const limit = Math.max(10, (stderr.columns ?? 80) - 1);
    stderr.write(`\r\u001b[2K${paint('dim', shown(text).slice(0, limit))}`);
  }

  /** Shows the step if nothing else is said for a while; in a plain log once. */
  function awaitStep(): void {
    clearTimeout(timer);
    if (step === '' || isLogged) return;
    timer = setTimeout(() => {
      if (stderr.isTTY) return showLive(step);
      isLogged = true;
      stderr.write(`${neutral(shown(step))}…\n`);
    }, LONG_STEP_MILLISECONDS);
    // A command that is done does not wait to say so.
    timer.unref();
  }

  function progress(text = ''): void {
    if (text !== step) isLogged = false;
    step = text;
    showLive(text);
    awaitStep();
  }

  return {
    line: (text) => write(lines, text, styleOf(text)),
    debug: (text) => {
      if (verbose) write(stderr, text, 'dim');
    },
    notice: (text) => write(stderr, `Note: ${text}`, 'cyan'),
    warning: (text) => write(stderr, `Warning: ${text}`, 'yellow'),
    error: (text) => write(stderr, `Error: ${text}`, 'red'),
    group: (title, texts) => {
      write(lines, title, 'bold');
      for (const text of texts) write(lines, text.replace(/^/gm, '  '));
    },
    secret: hideSecret,
    output: (name, value) => {
      if (json && name === 'result') stdout.write(`${shown(value)}\n`);
    },
    progress,
    // The lines contain everything in a summary.
    summary: async () => {},
    fail: () => {
      progress();
      setExitCode(1);
    },
  };
}

export function isInteractive(stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Returns the trimmed answer; throws CodexSyncError `refused-by-guard` when the input ends. */
export async function ask(question: string): Promise<string> {
  const asker = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<never>((_, reject) => {
    const refusal = new CodexSyncError(
      'refused-by-guard',
      'The input ended before the question was answered, so nothing was done.',
      'Run this again, or answer with a flag.',
    );
    asker.once('close', () => reject(refusal));
  });
  try {
    return stripVTControlCharacters(await Promise.race([asker.question(question), closed])).trim();
  } finally {
    asker.close();
    await closed.catch(() => {});
  }
}

function hasColors(stream: Stream): boolean {
  return stream.isTTY === true && stream.hasColors();
}

function paint(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}

function styleOf(text: string): Style | undefined {
  return /^(?:🎯 STARTING|\S+ COMPLETED)/u.test(text) ? 'bold' : undefined;
}
