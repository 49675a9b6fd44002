/** A part of a text: plain text, code, a link, or `own` text of this tool, which needs no escaping. */
export type Span = string | { readonly code: string } | Link | { readonly own: string };
export type Text = Span | readonly Span[];

export interface Link {
  readonly text: string;
  /** Composed by this tool. */
  readonly url: string;
}

/** Paths, changes, projects or checks: a list, or with `columns` a table. A section without rows is omitted. */
export interface Section {
  /** A section without a title is never folded. */
  readonly title?: string;
  readonly columns?: readonly string[];
  /** Columns to align to the right. */
  readonly numeric?: readonly string[];
  readonly rows: readonly Row[];
  /** Maximum bytes of the rows in the summary; further rows are only counted. */
  readonly limit?: number;
}

/** A row of a table, or an entry of a list, which has a single cell. */
export interface Row {
  readonly cells: readonly Text[];
  /** The row in the log; without it, the log aligns the cells. */
  readonly line?: string;
}

export interface Group {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface Annotation {
  readonly level: 'debug' | 'notice' | 'warning';
  readonly text: string;
}

/** The way to undo a run: a sentence, and the inputs of the undoing run, line by line, from names and ids only. */
export interface Undo {
  readonly text: string;
  readonly inputs: readonly string[];
}

/** The report of a run, for the log and the job summary; both omit `undefined` parts. */
export interface Report {
  /** Name of the mode: `Project Sync`. A report without a name only lists, so its log has no conclusion. */
  readonly name?: string;
  readonly icon: string;
  /** Heading of the summary. */
  readonly heading: Text;
  /** Icon of the heading, if it differs from `icon`. */
  readonly headingIcon?: string;
  /** The result, in one sentence. */
  readonly conclusion?: string;
  /** Part of the log before the warnings. */
  readonly log: readonly (string | Section | Group | Annotation | undefined)[];
  /** Part of the summary before the warnings: facts and failures. */
  readonly overview: readonly (Text | Section | undefined)[];
  /** One sentence for each matter to review. */
  readonly warnings: readonly string[];
  /** A sentence about the future: below the conclusion in the log, below the warnings in the summary. */
  readonly note?: string | undefined;
  /** Part of the summary after the warnings. */
  readonly sections: readonly (Text | Section)[];
  /** Links to the result, by labels of the log. The facts of the summary contain the same links. */
  readonly links?: Readonly<Record<string, string | undefined>>;
  readonly next?: string | undefined;
  readonly undo?: readonly Undo[];
  /** The only error of a run with failures. */
  readonly failure?: string | undefined;
}

/** The table at the top of a summary, by labels. */
export function facts(values: Readonly<Record<string, Text | undefined>>): Section {
  const rows = Object.entries(values).flatMap(([label, value]) =>
    value === undefined ? [] : [{ cells: [label, value] }],
  );
  return { columns: ['', ''], rows };
}

export function listNames(names: readonly string[]): Row[] {
  return names.map((name) => ({ cells: [{ code: name }] }));
}

export function listReasons(reasons: Iterable<readonly [name: string, reason: string]>): Row[] {
  return [...reasons].map(([name, reason]) => ({ cells: [[{ code: name }, { own: ': ' }, reason]] }));
}

export function listLinks(links: readonly Link[]): Row[] {
  return links.map((link) => ({ cells: [link] }));
}

export function listTexts(texts: readonly string[]): Row[] {
  return texts.map((text) => ({ cells: [text] }));
}
