// Puts what is unreleased under the new version: the `version` script of package.json, which npm runs between writing the version
// and committing it.
import { readFile, writeFile } from 'node:fs/promises';

const REPOSITORY = 'https://github.com/fractary/codex-sync';

/**
 * The changelog of a release, with an empty section for what comes next.
 * @throws Error where a release has nothing to say, or a version that the release workflow does not listen to
 */
export function releaseChangelog(text: string, version: string, date: Date): string {
  if (!/^1\.\d+\.\d+$/.test(version))
    throw new Error(`${version} is not 1.<minor>.<patch>: the workflow ignores its tag`);
  const [, entries = ''] = /^## \[Unreleased\]\n(.*?)^(?:## |\[)/ms.exec(text) ?? [];
  const [link] = /^\[Unreleased\]: .*$/m.exec(text) ?? [];
  if (link === undefined || !/^- /m.test(entries)) {
    throw new Error('CHANGELOG.md needs an entry under "## [Unreleased]" and a link "[Unreleased]: …" at its end');
  }
  const day = date.toISOString().slice(0, 10);
  return text
    .replace('## [Unreleased]\n', `## [Unreleased]\n\n## [${version}] - ${day}\n`)
    .replace(
      link,
      `[Unreleased]: ${REPOSITORY}/compare/v${version}...HEAD\n[${version}]: ${REPOSITORY}/releases/tag/v${version}`,
    );
}

/**
 * The section of a released version, as the text of its release on GitHub: there a line's end shows as one, and links lead from
 * another place.
 * @throws Error where the changelog has no such section, or one without an entry
 */
export function releaseNotes(text: string, tag: string): string {
  const heading = `## [${tag.replace(/^v/, '')}] - `;
  const sections = text.split(/^(?=## \[|\[Unreleased\]: )/m);
  const [, entries = ''] = sections.find((section) => section.startsWith(heading))?.split(/\n(.*)/s) ?? [];
  if (!/^- /m.test(entries)) throw new Error(`CHANGELOG.md needs an entry under "${heading}<date>"`);
  return `${entries
    .trim()
    .replace(/(?<=\S)\n *(?=[^\s#-])/g, ' ')
    .replace(/\]\((?!https?:|#)/g, `](${REPOSITORY}/blob/${tag}/`)}\n`;
}

if (import.meta.main) {
  const version = process.env.npm_new_version ?? '';
  await writeFile('CHANGELOG.md', releaseChangelog(await readFile('CHANGELOG.md', 'utf8'), version, new Date()));
}
