// Prints the text of a release, which the release workflow gives to GitHub: `node scripts/release-notes.ts v1.2.0`.
import { readFile } from 'node:fs/promises';
import { releaseNotes } from './changelog.ts';

process.stdout.write(releaseNotes(await readFile('CHANGELOG.md', 'utf8'), process.argv[2] ?? ''));
