import { Lexer, type Token, type Tokens } from 'marked';
import type { Run } from './svg.ts';

/** What our summaries and comments are made of. */
export type Block =
  | { readonly kind: 'heading'; readonly depth: number; readonly runs: Run[] }
  | { readonly kind: 'paragraph'; readonly runs: Run[] }
  | { readonly kind: 'list'; readonly items: Run[][] }
  | { readonly kind: 'table'; readonly rows: Run[][][] }
  | { readonly kind: 'folded'; readonly runs: Run[] };

export const LINK = '#0969da';

/**
 * Reads Markdown as GitHub shows it: comments are not seen, and what is folded is seen by its summary only.
 * @throws Error for what no summary of ours has in it
 */
export function parseMarkdown(markdown: string): Block[] {
  const blocks: Block[] = [];
  let folded = false;
  for (const token of new Lexer({ gfm: true }).lex(markdown) as Tokens.Generic[]) {
    if (token.type === 'html') {
      const [, summary] = /^<details><summary>(.*)<\/summary>/.exec(token.text) ?? [];
      if (summary !== undefined) blocks.push({ kind: 'folded', runs: parseInline(Lexer.lexInline(summary)) });
      if (/^<\/?details>/.test(token.text)) folded = !token.text.startsWith('</');
      else if (!token.text.startsWith('<!--')) throw unknown(token);
    } else if (!folded && token.type !== 'space') blocks.push(parseBlock(token));
  }
  return blocks;
}

function parseBlock(token: Tokens.Generic): Block {
  switch (token.type) {
    case 'heading':
      return { kind: 'heading', depth: token.depth, runs: parseInline(token.tokens) };
    case 'paragraph':
      return { kind: 'paragraph', runs: parseInline(token.tokens) };
    case 'list':
      return { kind: 'list', items: (token as Tokens.List).items.map(({ tokens }) => parseInline(tokens)) };
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return { kind: 'table', rows: [header, ...rows].map((row) => row.map(({ tokens }) => parseInline(tokens))) };
    }
    default:
      throw unknown(token);
  }
}

type Look = Omit<Run, 'text'>;

const TAGS: readonly (readonly [RegExp, Look])[] = [
  [/^<a href="[^"]*">$/, { fill: LINK }],
  [/^<code>$/, { code: true }],
  [/^<b>$/, { bold: true }],
];

function parseInline(tokens: readonly Token[] = [], around: Look = {}): Run[] {
  const looks = [around];
  return tokens.flatMap((token): Run[] => {
    const look = looks.at(-1) ?? {};
    if (token.type === 'html') {
      if (token.raw.startsWith('</')) looks.pop();
      else looks.push({ ...look, ...lookOf(token) });
      return [];
    }
    if (token.type === 'strong') return parseInline(token.tokens, { ...look, bold: true });
    if (token.type !== 'text') throw unknown(token);
    // The text of a list's item is a block around its own pieces.
    return 'tokens' in token && token.tokens
      ? parseInline(token.tokens, look)
      : [{ ...look, text: decodeEntities(token.raw) }];
  });
}

function lookOf(token: Token): Look {
  const [, look] = TAGS.find(([tag]) => tag.test(token.raw)) ?? [];
  if (look === undefined) throw unknown(token);
  return look;
}

function decodeEntities(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

function unknown({ type, raw }: Pick<Token, 'type' | 'raw'>): Error {
  return new Error(`No picture knows ${type} in Markdown: ${raw}`);
}
