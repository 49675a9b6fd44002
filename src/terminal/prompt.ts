import { printable } from '../text/printable.ts';

/** Asks a person one question. */
export type Ask = (question: string) => Promise<string>;

/** Asks until the answer can be used; nothing typed is the usual one. */
export async function askUntil(
  ask: Ask,
  question: string,
  usual: string | undefined,
  accepted: (answer: string) => string | undefined,
): Promise<string> {
  for (let said = question; ; ) {
    const answer = (await ask(`${said}${usual === undefined ? '' : ` [${usual}]`} `)) || (usual ?? '');
    const wanted = accepted(answer);
    if (wanted === undefined) return answer;
    said = `"${printable(answer, 100)}" cannot be used. Use ${wanted}:`;
  }
}

/** @param usual what nothing typed means */
export function isYes(answer: string, usual: boolean): boolean {
  return answer === '' ? usual : /^y(?:es)?$/i.test(answer);
}
