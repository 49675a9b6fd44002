/** Which way documents move. The other directions of the specification come with their own issue. */
export const DIRECTIONS = ['to-codex'] as const;
export type Direction = (typeof DIRECTIONS)[number];
