import type { Run } from './svg.ts';

/** The colours of a dark terminal for the codes that the console uses. */
const COLOURS: Readonly<Record<string, string>> = { 31: '#ff7b72', 33: '#e3b341', 36: '#76e3ea' };
const DIM = '#8b949e';
const BRIGHT = '#f0f6fc';

const ESCAPE = '\u001b';

type Look = Omit<Run, 'text'>;

/**
 * What a terminal shows of an output, line by line.
 * @throws Error for a command of a terminal that the console does not use
 */
export function parseAnsi(output: string): Run[][] {
  let look: Look = {};
  return output
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      // A live line that was wiped away again.
      const [kept = ''] = line.split(`\r${ESCAPE}[2K`).slice(-1);
      const runs: Run[] = [];
      for (const [index, piece] of kept.split(ESCAPE).entries()) {
        const end = index === 0 ? 0 : piece.indexOf('m') + 1;
        if (index > 0) look = changed(look, piece.slice(0, end));
        if (end < piece.length) runs.push({ ...look, text: piece.slice(end) });
      }
      return runs;
    });
}

function changed(look: Look, command: string): Look {
  const [, code = ''] = /^\[(\d+)m$/.exec(command) ?? [];
  const { fill, ...rest } = look;
  const { bold, ...thin } = rest;
  if (code === '1') return { ...rest, bold: true, fill: fill ?? BRIGHT };
  if (code === '2') return { ...rest, fill: DIM };
  if (code === '22') return thin;
  if (code === '39') return rest;
  if (COLOURS[code] === undefined) throw new Error(`No picture knows the terminal command ${JSON.stringify(command)}`);
  return { ...rest, fill: COLOURS[code] };
}
