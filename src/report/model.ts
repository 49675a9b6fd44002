/** A part of a text: words, code, a link, or `own`, which this tool writes and which needs no escaping. */
export type Span = string | { readonly code: string } | Link | { readonly own: string };
export type Text = Span | readonly Span[];

export interface Link {
  readonly text: string;
  /** Composed by this tool. */
  readonly url: string;
}

/** Paths, changes, projects or checks: a list, or with `columns` a table. Without rows it is left out. */
export interface Section {
  /** Without a title it is never folded. */
  readonly title?: string;
  readonly columns?: readonly string[];
  /** Columns with numbers, which are aligned to the right. */
  readonly numeric?: readonly string[];
  readonly rows: readonly Row[];
  /** Bytes that the summary has for the rows; the rest is counted. */
  readonly limit?: number;
}

/** A row of a table, or an entry of a list, which has one cell. */
export interface Row {
  readonly cells: readonly Text[];
  /** How the log shows a row of a table; without it, the log aligns the cells. */
  readonly line?: string;
}

/** Lines under a title; without lines, the title alone. */
export interface Group {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface Annotation {
  readonly level: 'debug' | 'notice' | 'warning';
  readonly text: string;
}

/** How a run can be undone: a sentence, and the inputs of that run, line by line, in characters of names and ids only. */
export interface Undo {
  readonly text: string;
  readonly inputs: readonly string[];
}

/** What a run did, as the log and the job summary show it; what is `undefined` is left out. */
export interface Report {
  /** Name of the mode: `Project Sync`. A report without one only lists something, so the log does not conclude. */
  readonly name?: string;
  readonly icon: string;
  /** Heads the summary. */
  readonly heading: Text;
  /** Icon of the heading, where it is another one. */
  readonly headingIcon?: string;
  /** The result, in one sentence. */
  readonly conclusion?: string;
  /** What the log shows before the warnings. */
  readonly log: readonly (string | Section | Group | Annotation | undefined)[];
  /** What the summary shows before the warnings: facts, and what failed. */
  readonly overview: readonly (Text | Section | undefined)[];
  /** What needs review, one sentence each. */
  readonly warnings: readonly string[];
  /** A sentence about the future: below the conclusion in the log, below the warnings in the summary. */
  readonly note?: string | undefined;
  /** What the summary shows after the warnings. */
  readonly sections: readonly (Text | Section)[];
  /** Where the result is, by labels of the log; the facts of the summary have these links too. */
  readonly links?: Readonly<Record<string, string | undefined>>;
  readonly next?: string | undefined;
  readonly undo?: readonly Undo[];
  /** The one error of a run in which not all went well. */
  readonly failure?: string | undefined;
}

/** The table at the head of a summary, by labels. */
export function facts(values: Readonly<Record<string, Text | undefined>>): Section {
  const rows = Object.entries(values).flatMap(([label, value]) =>
    value === undefined ? [] : [{ cells: [label, value] }],
  );
  return { columns: ['', ''], rows };
}

/** Names in the type of code. */
export function listNames(names: readonly string[]): Row[] {
  return names.map((name) => ({ cells: [{ code: name }] }));
}

/** Names with what there is to say of each. */
export function listReasons(reasons: Iterable<readonly [name: string, reason: string]>): Row[] {
  return [...reasons].map(([name, reason]) => ({ cells: [[{ code: name }, { own: ': ' }, reason]] }));
}

export function listLinks(links: readonly Link[]): Row[] {
  return links.map((link) => ({ cells: [link] }));
}

/** Sentences of a list. */
export function listTexts(texts: readonly string[]): Row[] {
  return texts.map((text) => ({ cells: [text] }));
}
