import { VISIBILITIES, type Visibility } from '../inputs/trigger.ts';

/** Who may see a repository, as GitHub's answers say it: older servers only whether it is private. */
export function visibilityOf(body: { readonly visibility?: string; readonly private: boolean }): Visibility {
  return VISIBILITIES.find((known) => known === body.visibility) ?? (body.private ? 'private' : 'public');
}
