// Draws the pictures of the documents: the bundle tells a story on a local GitHub, and its log, summary, comment and terminal output
// become pictures.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renderComment, renderLog, renderSummary, renderTerminal } from './pictures/html.ts';
import { renderOverview } from './pictures/overview.ts';
import { type Said, tellPictures } from './pictures/story.ts';

/** Every picture by its file. */
export function renderPictures({ typed, terminal, log, summary, comment }: Said): Map<string, string> {
  return new Map([
    ['docs/images/overview.svg', renderOverview()],
    ['docs/images/terminal.svg', renderTerminal(`A terminal: ${typed}`, '~/widgets', typed, terminal)],
    ['docs/images/log.svg', renderLog('The log of a step', 'Run fractary/codex-sync@v1', log)],
    ['docs/images/summary.svg', renderSummary('A job summary', 'publish', summary)],
    ['docs/images/comment.svg', renderComment('A comment on a pull request', 'github-actions', comment)],
  ]);
}

if (import.meta.main) {
  for (const [file, picture] of renderPictures(await tellPictures())) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, picture);
  }
}
