// Draws what the papers show: the bundle tells a story on a local GitHub, and log, summary, comment and terminal are drawn
// as they were said.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renderLog } from './pictures/log.ts';
import { renderComment, renderSummary } from './pictures/page.ts';
import { type Said, tellPictures } from './pictures/story.ts';
import { renderTerminal } from './pictures/terminal.ts';

/** Every picture by its file, drawn from what was said. */
export function renderPictures({ typed, terminal, log, summary, comment }: Said): Map<string, string> {
  return new Map([
    [
      'docs/images/terminal.svg',
      renderTerminal({ title: `A terminal: ${typed}`, folder: '~/widgets', typed, output: terminal }),
    ],
    ['docs/images/log.svg', renderLog({ title: 'The log of a step', step: 'Run fractary/codex-sync@v1', output: log })],
    ['docs/images/summary.svg', renderSummary({ title: 'A job summary', job: 'publish', markdown: summary })],
    [
      'docs/images/comment.svg',
      renderComment({ title: 'A comment on a pull request', author: 'github-actions', markdown: comment }),
    ],
  ]);
}

if (import.meta.main) {
  for (const [file, picture] of renderPictures(await tellPictures())) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, picture);
  }
}
