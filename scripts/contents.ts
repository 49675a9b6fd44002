// The table of contents: each page with its first sentence, so that a page is described in one place.
import { glob, readFile } from 'node:fs/promises';
import { posix } from 'node:path';

/** The order in which a reader needs the pages. One that does not exist is left out, one that is missing here is the last. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Start: [
    'docs/QUICK-START.md',
    'docs/RECIPES.md',
    'docs/CONFIGURATION.md',
    'docs/TERMINAL.md',
    'docs/GITHUB-APP.md',
    'docs/MIGRATION.md',
    'docs/FRACTARY-CODEX.md',
    'docs/UPGRADE.md',
  ],
  Publish: ['docs/DOCUMENTS.md', 'docs/PREVIEWS.md', 'docs/BOTH-WAYS.md', 'docs/ORGANIZATION.md'],
  Release: ['docs/RELEASE-LINE.md', 'docs/PROMOTE.md', 'docs/ROLL-BACK.md', 'docs/RETIRE.md'],
  Read: ['docs/FETCH.md'],
  'Operate and look up': [
    'docs/REFERENCE.md',
    'docs/ERRORS.md',
    'docs/DOCTOR.md',
    'docs/PERMISSIONS.md',
    'docs/NETWORK.md',
    'SECURITY.md',
    'docs/PROMISES.md',
    'docs/RELIABILITY.md',
    'docs/SCALE.md',
    'docs/GITHUB-LIMITS.md',
    'docs/SCALE-OPTIONS.md',
    'docs/benchmark.md',
  ],
  'This project': ['CONTRIBUTING.md', 'CHANGELOG.md'],
};
const CONTENTS = 'docs/README.md';

/** The table of contents, with links from a folder. */
export async function renderContents(folder: string): Promise<string> {
  const found: string[] = [];
  for await (const file of glob(['*.md', 'docs/**/*.md'])) found.push(posix.normalize(file.replaceAll('\\', '/')));
  const known = Object.values(GROUPS).flat();
  const others = found.filter((file) => ![...known, 'README.md', CONTENTS].includes(file)).sort();
  const groups = Object.entries({ ...GROUPS, 'More pages': others }).map(async ([group, files]) => {
    const pages = files.filter((file) => found.includes(file));
    return pages.length > 0 ? `**${group}**\n\n${(await Promise.all(pages.map(lineOf))).join('\n')}` : '';
  });
  return (await Promise.all(groups)).filter(Boolean).join('\n\n');

  async function lineOf(file: string): Promise<string> {
    const { title, summary } = parsePage(file, await readFile(file, 'utf8'));
    return `- [${title}](${posix.relative(folder, file)}): ${summary}`;
  }
}

/** @throws Error if the page does not begin with its title and a sentence without links */
function parsePage(file: string, text: string): { title: string; summary: string } {
  const [, title, summary] = /^# (.+)\n\n((?:[^\n]+\n)*?[^\n]*?\.)\s/.exec(text) ?? [];
  if (title === undefined || summary === undefined || summary.includes(']('))
    throw new Error(`${file} must begin with "# <title>", an empty line, and a sentence without links`);
  return { title, summary: summary.replaceAll('\n', ' ') };
}
