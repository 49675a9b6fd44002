import type { CodexSize } from '../codexes.ts';
import type { Figures } from '../figures.ts';
import type { Stage } from '../stage.ts';

/** Contestants as the tables name them. */
export const ACTION = 'codex-sync';
export const FULL = 'full clone';
export const SHALLOW = 'depth-1 clone';
export const SPARSE = 'sparse checkout';
export const BLOBLESS = 'blobless clone';
export const FIRST = `${ACTION}, the first`;
export const CACHED = `${ACTION}, cached`;
export const EMPTY = 'an empty Node';
export const REFUSED = `${ACTION}, refusing`;
export const TYPED = `${ACTION} --version`;
export const ofSize = (repositories: number) => `${ACTION}, ${repositories} repositories`;
/** Small and large, to see how the time grows. */
export const ORGANIZATIONS = [50, 200] as const;

/** Sets everything up, measures one run, and throws where that did not do what it was to do. */
export type Contestant = (stage: Stage) => Promise<Figures>;

/** Something that people want done, and everybody who does it. */
export interface Case {
  /** What `--only` takes. */
  readonly name: string;
  /** A sentence, without its full stop. */
  readonly title: string;
  /** Where it is measured. */
  readonly codexes: readonly CodexSize[];
  /** By name; the others are compared with the first. */
  readonly contestants: Readonly<Record<string, Contestant>>;
  /** How many rounds it takes where so many are asked for. */
  readonly rounds?: (asked: number) => number;
}
