import { type Config, DEFAULT_CONFIG } from '../inputs/config.ts';
import type { FoundConfig } from '../inputs/request.ts';
import type { BlobId } from '../text/ids.ts';

/** A configuration without a merged one behind it. */
interface UnmergedConfig {
  readonly file: string;
  /** The place that has none: `branch main`. */
  readonly where: string;
}

/** A run's configuration without the keys that an unmerged file must not decide. */
export interface DecidedConfig<Found extends FoundConfig = FoundConfig> {
  readonly found: Found | undefined;
  readonly notices: readonly string[];
  /** Set if only an unmerged configuration names codex and project: such a run may publish previews only. */
  readonly previewsOnly: false | UnmergedConfig;
}

/** For a configuration that is merged, or counts for another reason. */
export function keepConfig<Found extends FoundConfig>(own: Found | undefined): DecidedConfig<Found> {
  return { found: own, notices: [], previewsOnly: false };
}

/**
 * Joins the configuration of a run off the release line with the merged one, which alone decides the targets:
 * environments with their branches, codex, project. Patterns, thresholds and direction are the run's own.
 * @param merged `undefined`: then environments are the defaults, and the rest is the run's own
 * @param where the origin of the merged configuration, for a notice
 */
export function mergeConfig<Found extends FoundConfig>(
  own: Found | undefined,
  merged: Found | undefined,
  where: string,
): DecidedConfig<Found> {
  if (merged) {
    const decided = { ...own, ...merged, config: withDeciding(own?.config ?? DEFAULT_CONFIG, merged.config) };
    const differing = differingKeys(own?.config ?? DEFAULT_CONFIG, decided.config);
    const isOne = differing.length === 1;
    const notice =
      `${list(differing)} of ${own?.file ?? 'this run, which has no configuration,'} ${isOne ? 'differs' : 'differ'} from ${merged.file} of ${where}. ` +
      `The merged ${isOne ? 'value counts' : 'values count'}; the new ${isOne ? 'one counts' : 'ones count'} once ${isOne ? 'it is' : 'they are'} merged.`;
    return { found: decided, notices: differing.length === 0 ? [] : [notice], previewsOnly: false };
  }
  if (!own) return keepConfig<Found>(undefined);
  const { environments: _, ...rest } = own.config;
  const config = { ...rest, environments: DEFAULT_CONFIG.environments };
  const notice = `There is no configuration in ${where}. Until ${own.file} is merged, the default environments apply, and sync-project publishes only previews.`;
  return { found: { ...own, config }, notices: [notice], previewsOnly: { file: own.file, where } };
}

/** The run's own configuration, with the default branch's lists of refs: no ref's own copy decides about itself. */
export function withRefsOf<Found extends FoundConfig>(
  own: Found | undefined,
  merged: Found | undefined,
): Found | undefined {
  if (!own) {
    // The commit is older than its configuration: only the lists of stable refs count.
    const refs = refsOf(merged);
    if (!merged || Object.keys(refs).length === 0) return undefined;
    return { ...merged, config: { ...DEFAULT_CONFIG, environments: { ...DEFAULT_CONFIG.environments, ...refs } } };
  }
  const { stableRefs: _, productionRefs: __, ...environments } = own.config.environments;
  return { ...own, config: { ...own.config, environments: { ...environments, ...refsOf(merged) } } };
}

function refsOf(merged: FoundConfig | undefined): Pick<Config['environments'], 'stableRefs' | 'productionRefs'> {
  const { stableRefs, productionRefs } = merged?.config.environments ?? {};
  return { ...(stableRefs && { stableRefs }), ...(productionRefs && { productionRefs }) };
}

function withDeciding(own: Config, merged: Config): Config {
  const { organization: _, codexRepo: __, projectName: ___, ...rest } = own;
  const { organization, codexRepo, projectName, environments } = merged;
  return {
    ...rest,
    environments,
    ...(organization !== undefined && { organization }),
    ...(codexRepo !== undefined && { codexRepo }),
    ...(projectName !== undefined && { projectName }),
  };
}

function differingKeys(own: Config, decided: Config): string[] {
  const keys: [string, unknown, unknown][] = [
    ['organization', own.organization, decided.organization],
    ['codex_repo', own.codexRepo, decided.codexRepo],
    ['project_name', own.projectName, decided.projectName],
    ['environments.default', own.environments.default, decided.environments.default],
    ['environments.branches', branchesOf(own), branchesOf(decided)],
    ['environments.stable_refs', own.environments.stableRefs, decided.environments.stableRefs],
    ['environments.production_refs', own.environments.productionRefs, decided.environments.productionRefs],
  ];
  return keys.filter(([, one, other]) => JSON.stringify(one) !== JSON.stringify(other)).map(([key]) => key);
}

/** Sorted, so that equal branches compare equal. */
function branchesOf({ environments }: Config): unknown {
  return Object.entries(environments.branches).sort(([one], [other]) => (one < other ? -1 : 1));
}

function list(text: readonly string[]): string {
  return text.length > 1 ? `${text.slice(0, -1).join(', ')} and ${text.at(-1)}` : (text[0] ?? '');
}

/** Whether disk and commit agree at every possible path; both map path -> blob id, `undefined` if unreadable. */
export function sameConfigs(
  disk: ReadonlyMap<string, BlobId | undefined>,
  committed: ReadonlyMap<string, BlobId>,
): boolean {
  return disk.size === committed.size && [...committed].every(([path, id]) => disk.get(path) === id);
}
