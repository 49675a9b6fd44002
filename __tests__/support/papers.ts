import { glob, readFile } from 'node:fs/promises';

/** A Markdown file of the repository. */
export interface Paper {
  /** Path from the root. */
  readonly file: string;
  readonly text: string;
}

/** Every Markdown file of the repository, by path. */
export async function readPapers(): Promise<Paper[]> {
  const files: string[] = [];
  for await (const file of glob(['*.md', 'docs/**/*.md', '.github/**/*.md'])) files.push(file);
  files.sort();
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

/** The blocks of a paper that are written in a language. */
export function blocksOf({ text }: Paper, language: string): string[] {
  const blocks = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, written, block = '']) => (written === language ? [block] : []));
}

/** The YAML of a paper that is a configuration: its first line names the file. All other YAML is a workflow. */
export function isConfiguration(block: string): boolean {
  return block.startsWith('# .fractary/');
}

/** What is written as code inside of the sentences and tables of a text. */
export function codeWords(text: string): Set<string> {
  return new Set([...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word));
}

/** How many words a text has, as `wc -w` counts them. */
export function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

/** The sentences of a text, code blocks left out. Headings, list items and cells of tables end a sentence, and alternative texts count. */
export function sentencesOf(text: string): string[] {
  const prose = withoutBlocks(text)
    .replace(/<!--.*?-->/gs, '')
    .replace(/^\[[^\]\n]+\]: \S+$/gm, '')
    .replace(/<img\b[^>]*?\balt="([^"]*)"[^>]*>/g, '\n\n$1\n\n')
    .replace(/<[a-z/][^>]*>/g, '')
    .replace(/!?\[([^\]]*)\](?:\([^()\s]+\)|\[[^\]\n]+\])/g, '$1')
    .replace(/^#+ +(.*)$/gm, '\n\n$1\n\n')
    .replace(/^ *(?:[-*]|\d+\.) +/gm, '\n\n')
    .replaceAll('**', '');
  return prose
    .split(/\n\s*\n|\||(?<=[.!?][)"']*)\s+/)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter(Boolean);
}

/** `file#anchor` of every link in the papers that leads nowhere, as `paper: link`; links to other sites are not followed. */
export function deadLinks(papers: readonly Paper[], isThere: (file: string) => boolean): string[] {
  const anchors = new Map(papers.map((paper) => [paper.file, anchorsOf(paper.text)]));
  return papers.flatMap((paper) => {
    const folder = new URL(paper.file, 'file:///').href;
    return linksOf(paper.text)
      .filter((link) => {
        if (/^[a-z]+:/.test(link)) return false;
        const { pathname, hash } = new URL(link, folder);
        const file = decodeURIComponent(pathname.slice(1));
        if (hash === '') return !isThere(file);
        return !anchors.get(file)?.has(decodeURIComponent(hash.slice(1)));
      })
      .map((link) => `${paper.file}: ${link}`);
  });
}

/** Where the links, pictures and their sources of a text lead. */
export function linksOf(text: string): string[] {
  const prose = withoutBlocks(text).replace(/`[^`\n]*`/g, '`');
  const defined = [...prose.matchAll(/^\[([^\]\n]+)\]: (\S+)$/gm)].map(([, name = '', target = '']) => [name, target]);
  const definitions = new Map(defined.map(([name = '', target = '']) => [name, target]));
  const inline = [...prose.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)\)/g)].map(([, target = '']) => target);
  // A word that is defined nowhere is a link to nowhere.
  const named = [...prose.matchAll(/\]\[([^\]\n]+)\]/g)].map(([, name = '']) => definitions.get(name) ?? `[${name}]`);
  const tags = [...prose.matchAll(/<(?:img|a)\b[^>]*?\b(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
  const sources = [...prose.matchAll(/<source\b[^>]*?\bsrcset="([^"\s]+)"/g)].map(([, target = '']) => target);
  return [...inline, ...named, ...tags, ...sources];
}

/** The anchors that GitHub gives the headings of a text. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutBlocks(text).matchAll(/^#{1,6} +(.*?)(?: +#+)? *$/gm)) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = shown
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let twin = 1; anchors.has(anchor); twin++) anchor = `${slug}-${twin}`;
    anchors.add(anchor);
  }
  return anchors;
}

function withoutBlocks(text: string): string {
  return text.replace(/^```.*?^```$/gms, '');
}
