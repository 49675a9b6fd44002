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

/**
 * What packages import for things that nothing here asks of them: GitHub's a client of HTTP for their own `fetch` (a sixth
 * of the start), npm's the tables of a hundred alphabets.
 */
const LEFT_OUT: Plugin = {
  name: 'left-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(undici|iconv-lite)$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => {
      const leftOut = `() => { throw new Error('${path} is not part of the bundle') }`;
      // GitHub's packages make one wherever there is a proxy, for their own `fetch`.
      return { contents: `exports.ProxyAgent = class {}; exports.fetch = exports.decode = ${leftOut};` };
    });
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
    plugins: [HTTP_WITHOUT_FETCH, LEFT_OUT],
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
