/** Which way documents move. */
export const DIRECTIONS = ['to-codex', 'from-codex', 'bidirectional'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Whether a run writes into the codex. */
export function publishes(direction: Direction): boolean {
  return direction !== 'from-codex';
}

/** Whether a run writes what changed in the codex into the checkout. */
export function bringsBack(direction: Direction): boolean {
  return direction !== 'to-codex';
}
