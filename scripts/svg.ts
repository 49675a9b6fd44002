/** A piece of text in one look. */
export interface Run {
  readonly text: string;
  readonly fill?: string;
  readonly bold?: boolean;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill?: string;
  readonly stroke?: string;
  readonly radius?: number;
}

/**
 * The fonts of the reader's system: a picture that brought one would be large. None of emoji is named, since those have digits
 * too, which some programs would take from there.
 */
export const FONTS = {
  mono: "ui-monospace, SFMono-Regular, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace",
  sans: "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif",
} as const;

/** Each colour on a light page, and on a dark one. */
const COLOURS = {
  page: ['#ffffff', '#0d1117'],
  panel: ['#f6f8fa', '#151b23'],
  edge: ['#d1d9e0', '#3d444d'],
  text: ['#1f2328', '#f0f6fc'],
  faint: ['#59636e', '#9198a1'],
  line: ['#424a53', '#9198a1'],
  bar: ['#b6bec7', '#656c76'],
  code: ['#eff1f3', '#262c36'],
  blue: ['#0969da', '#4493f8'],
  'blue-fill': ['#ddf4ff', '#12233c'],
  green: ['#1a7f37', '#3fb950'],
  'green-fill': ['#dafbe1', '#12261e'],
  yellow: ['#9a6700', '#d29922'],
  'yellow-fill': ['#fff8c5', '#272115'],
  red: ['#cf222e', '#f85149'],
} as const;

type Colour = keyof typeof COLOURS;

/** A colour of the page that a reader has, for an attribute or a style. */
export function colour(name: Colour): string {
  return `var(--${name})`;
}

function declareColours(mode: 0 | 1): string {
  return Object.entries(COLOURS)
    .map(([name, values]) => `--${name}:${values[mode]}`)
    .join(';');
}

/** One file for both kinds of page: the reader's browser chooses. */
export const THEME = `<style>:root{${declareColours(0)}}@media (prefers-color-scheme:dark){:root{${declareColours(1)}}}</style>`;

/** A whole picture, as text: it loads nothing, runs nothing, and has a title for readers who cannot see it. */
export function renderPicture(
  { width, height, title }: { width: number; height: number; title: string },
  parts: readonly string[],
): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`;
  return `${[head, `<title>${escapeXml(title)}</title>`, THEME, ...parts, '</svg>'].join('\n')}\n`;
}

/** Parts that have a font and a colour in common. */
export function renderGroup(font: keyof typeof FONTS, size: number, fill: string, parts: readonly string[]): string {
  const open = `<g font-family="${FONTS[font]}" font-size="${size}" fill="${fill}">`;
  return [open, ...parts, '</g>'].join('\n');
}

/** One line of text; where its runs end is left to the font. */
export function renderText(x: number, y: number, runs: readonly Run[], more = ''): string {
  const inner = runs.map(({ text, fill, bold }) => {
    const looks = `${fill ? ` fill="${fill}"` : ''}${bold ? ' font-weight="600"' : ''}`;
    return looks === '' ? escapeXml(text) : `<tspan${looks}>${escapeXml(text)}</tspan>`;
  });
  return `<text x="${x}" y="${y}"${more} xml:space="preserve">${inner.join('')}</text>`;
}

export function renderBox({ x, y, width, height, fill = 'none', stroke, radius = 0 }: Box): string {
  const [edge, corner] = [stroke ? ` stroke="${stroke}"` : '', radius > 0 ? ` rx="${radius}"` : ''];
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}"${corner} fill="${fill}"${edge}/>`;
}

/** A text as XML may hold it: no mark of its own, and none of the controls that it forbids. */
export function escapeXml(text: string): string {
  return text
    .replace(/(?![\t\n])\p{Cc}|[\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
