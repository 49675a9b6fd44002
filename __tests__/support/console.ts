import { type Console, writeLog } from '../../src/report/log.ts';
import type { Report } from '../../src/report/model.ts';

/** A console that keeps what is said, line by line. */
export function createRecordingConsole(): Console & { readonly said: string[] } {
  const said: string[] = [];
  const say = (kind: string) => (text: string) => void said.push(kind + text);
  return {
    said,
    ...{ line: say(''), debug: say('debug: '), notice: say('notice: ') },
    ...{ warning: say('warning: '), error: say('error: ') },
    group: (title, lines) => void said.push(`> ${title}`, ...lines.map((line) => `  ${line}`)),
    secret: () => undefined,
    output: () => undefined,
    progress: (text) => void said.push(`live: ${text}`),
    summary: async () => undefined,
    fail: () => void said.push('fail'),
  };
}

/** The log of a report, line by line; groups begin with `> `. */
export function logOf(report: Report): string[] {
  const console = createRecordingConsole();
  writeLog(report, console);
  return console.said;
}
