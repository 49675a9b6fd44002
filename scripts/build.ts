// Bundles the action into `dist`, as the runner starts it: nothing is installed there.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

// Packages in the older module format ask for Node's own modules through `require`.
const REQUIRE = `import { createRequire as createRequireOfNode } from 'node:module';
const require = createRequireOfNode(import.meta.url);`;

/**
 * Takes `http` through `require` wherever a package imports it as a module: an import reads every export of it, one of
 * them loads Node's whole own `fetch`, and nothing here uses that (a fifth of the start).
 */
const HTTP_WITHOUT_FETCH: Plugin = {
  name: 'http-without-fetch',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) => {
      return kind === 'import-statement' ? { path: 'http', namespace: 'required' } : undefined;
    });
    onLoad({ filter: /^http$/, namespace: 'required' }, () => ({ contents: "module.exports = require('node:http');" }));
  },
};

/** What packages import for things that nothing here asks of them -> what stands there instead. */
const UNUSED: Readonly<Record<string, string>> = {
  // GitHub's have a `fetch` of their own, with an agent wherever there is a proxy: a sixth of the start.
  undici: 'exports.ProxyAgent = class {};',
  // npm's knows a hundred alphabets by it, and does without.
  'iconv-lite': '',
};

const WITHOUT_UNUSED: Plugin = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path }) =>
      Object.hasOwn(UNUSED, path) ? { path, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'unused' }, ({ path }) => ({ contents: UNUSED[path] ?? '' }));
  },
};

/** Every file of `dist` with its content; the same sources give the same bytes. */
export async function renderBundle(): Promise<Map<string, Buffer>> {
  const { outputFiles } = await build({
    entryPoints: { main: 'src/main.ts', cli: 'src/cli.ts', 'cache-client': 'src/cache/client.ts' },
    outdir: 'dist',
    write: false,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    legalComments: 'inline',
    banner: { js: REQUIRE },
    plugins: [HTTP_WITHOUT_FETCH, WITHOUT_UNUSED],
  });
  return new Map(outputFiles.map(({ path, text }) => [relative('.', path), Buffer.from(asAscii(text))]));
}

/** In a file with one letter beyond Latin-1, even in a comment, each letter takes two bytes of memory and reads more slowly. */
function asAscii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

if (import.meta.main) {
  const bundle = await renderBundle();
  await rm('dist', { recursive: true, force: true });
  for (const [file, content] of bundle) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}
