import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Metafile } from 'esbuild';
import { renderBundle } from '../scripts/build.ts';
import { renderLicenses } from '../scripts/licenses.ts';

const places: string[] = [];
afterAll(() => Promise.all(places.map((place) => rm(place, { recursive: true }))));

/** Name and version of each package that a text lists, with all that it prints about it. */
function sectionsOf(text: string): Map<string, string> {
  const [, ...sections] = text.split(/^={100}\n/m);
  return new Map(
    sections.map((section) => {
      const [, name = '', content = ''] = /^(\S+ \S+), [^\n]+\n\n(.*)$/s.exec(section) ?? [];
      return [name, content];
    }),
  );
}

describe('dist/licenses.txt', () => {
  const bundle = renderBundle();
  const listed = bundle.then((files) => sectionsOf(`${files.get(join('dist', 'licenses.txt'))}`));

  test('has a license of every package that the bundle contains, in each version, and of no other', async () => {
    // In front of each module esbuild names its file: what the scripts themselves say of the packages in them.
    const modules = [...(await bundle)].flatMap(([file, content]) =>
      file.endsWith('.js') ? [...`${content}`.matchAll(/^ *\/\/ (.*\bnode_modules\/(?:@[^/\n]+\/)?[^/\n]+)\//gm)] : [],
    );
    const bundled = [...new Set(modules.map(([, folder = '']) => folder))].map(async (folder) => {
      const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      return `${name} ${version}`;
    });
    const names = [...(await listed).keys()];
    expect(names.length).toBeGreaterThan(50);
    expect(names).toEqual([...new Set(await Promise.all(bundled))].sort());
    for (const [name, text] of await listed) {
      expect({ name, terms: /permission|permitted|licen[cs]e/i.test(text) && text.length > 300 }).toEqual({
        name,
        terms: true,
      });
    }
  });

  test('has the notices of code that packages copied, which the bundle leaves out with other comments', async () => {
    const sections = [...(await listed)];
    const textOf = (prefix: string) => sections.find(([name]) => name.startsWith(`${prefix} `))?.[1];
    expect(textOf('@protobuf-ts/runtime')).toMatch(/Copyright 2008 Google Inc\..*2016, Daniel Wirtz/s);
    expect(textOf('@actions/exec')).toContain('Copyright Joyent, Inc. and other Node contributors.');
  });
});

/** The licenses of one package, of whose two files one is in the bundle. */
async function renderOne(description: object, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'codex-sync-licenses-'));
  places.push(place);
  const folder = join(place, 'node_modules/widgets');
  const contents = {
    'package.json': JSON.stringify({ name: 'widgets', version: '1.2.3', ...description }),
    'index.js': '// Copyright Acme\n',
    ...files,
  };
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const inputs = {
    [join(folder, 'index.js')]: { bytesInOutput: 1 },
    [join(folder, 'unused.js')]: { bytesInOutput: 0 },
  };
  const output = { inputs, bytes: 1, imports: [], exports: [] };
  return renderLicenses({ inputs: {}, outputs: { 'dist/main.js': output, 'dist/cli.js': output } } as Metafile);
}

test('all texts that a package has are printed, notices included, and nothing else of it', async () => {
  const text = await renderOne(
    { license: 'Apache-2.0' },
    { LICENSE: 'Terms  \r\n', 'NOTICE.txt': 'Made by Acme\n', 'license.js': 'code', 'licenses/MIT.txt': 'other' },
  );
  expect(text).toMatch(/\n={100}\nwidgets 1\.2\.3, Apache-2\.0\n\nTerms\n\nMade by Acme\n$/);
});

test('terms in a comment are printed with the name of their file', async () => {
  const copied = 'start();\n  // Copyright Gadgets\n  //\n  // Permission is hereby granted to all\nend();\n';
  const text = await renderOne({ license: 'MIT' }, { LICENSE: 'Terms', 'index.js': copied, 'unused.js': copied });
  expect(text).toMatch(/\n\nTerms\n\nIn index\.js:\n\nCopyright Gadgets\n\nPermission is hereby granted to all\n$/);
});

test('a package without a text gets the terms that it names, and the text says so', async () => {
  const author = { name: 'Mona', email: 'mona@acme.com' };
  const text = await renderOne({ license: 'MIT', author }, { LICENSE: '\n' });
  expect(text).toMatch(
    /contains no license text\. .* MIT and this author:\nMona\n\nPermission is hereby granted, free/,
  );
  expect(text).not.toContain('Fractary');
});

test.each([
  ['another license', { license: 'ISC', author: 'Mona' }],
  ['no author', { license: 'MIT' }],
  ['no license', { author: 'Mona' }],
])('a package without a text, but %s, ends the build', async (_, description) => {
  await expect(renderOne(description)).rejects.toThrow(/^widgets 1\.2\.3 \(.*\) has no license file, or no author/);
});
