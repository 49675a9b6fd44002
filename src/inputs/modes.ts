/** Everything that a run can be asked for, under the names of the input `mode`. */
export const MODES = [
  'sync-project',
  'sync-org',
  'promote',
  'retire',
  'status',
  'fetch',
  'cache-list',
  'doctor',
] as const;
export type Mode = (typeof MODES)[number];

/** Modes that write to the codex, and so are guarded. */
export const WRITING_MODES: readonly Mode[] = ['sync-project', 'sync-org', 'promote', 'retire'];

export function writes(mode: Mode): boolean {
  return WRITING_MODES.includes(mode);
}

/** Modes that look at no checkout, so `working-directory` is just a name. */
const WITHOUT_CHECKOUT: readonly Mode[] = ['sync-org', 'promote', 'retire', 'doctor'];

export function needsNoCheckout(mode: Mode): boolean {
  return WITHOUT_CHECKOUT.includes(mode);
}

/** Whether `project` may name several projects. */
export function takesProjects(mode: Mode): boolean {
  return mode === 'promote';
}
