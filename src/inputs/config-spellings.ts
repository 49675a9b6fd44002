import { type ConfigPath, type Finding, shown } from './config-file.ts';
import { DAY, isMap } from './config-schema.ts';

/** A setting that can be written in two ways: ours, and as Fractary's own command line (`fractary-codex`) writes it. */
interface Spelling {
  readonly ours: ConfigPath;
  readonly theirs: ConfigPath;
  /** What `theirs` is in the unit of `ours`. */
  readonly convert?: (value: number) => number;
}

const SPELLINGS: readonly Spelling[] = [
  { ours: ['organization'], theirs: ['organizationSlug'] },
  { ours: ['project_name'], theirs: ['project'] },
  { ours: ['sync_patterns'], theirs: ['sync', 'to_codex', 'include'] },
  { ours: ['exclude_patterns'], theirs: ['sync', 'to_codex', 'exclude'] },
  { ours: ['cache', 'default_ttl'], theirs: ['cache', 'defaultTtl'] },
  { ours: ['cache', 'default_ttl'], theirs: ['cache', 'ttl_days'], convert: (days) => days * DAY },
  { ours: ['cache', 'defaultTtl'], theirs: ['cache', 'ttl_days'], convert: (days) => days * DAY },
];

/** Settings that the file writes in two ways which say different things. What is equal may be there twice. */
export function spellingConflicts(data: unknown): Finding[] {
  return SPELLINGS.flatMap(({ ours, theirs, convert }): Finding[] => {
    const one = valueAt(data, ours);
    const other = valueAt(data, theirs);
    if (one === undefined || other === undefined) return [];
    const converted = convert && typeof other === 'number' ? convert(other) : other;
    if (setting(one) === setting(converted)) return [];
    const advice = 'They are one setting: remove one of them, or let both say the same';
    return [
      {
        path: theirs,
        says: (name) =>
          Array.isArray(one) && Array.isArray(other)
            ? `lists other patterns than ${name(ours)}. ${advice}.`
            : `is ${shown(other)}, but ${name(ours)} is ${shown(one)}. ${advice}.`,
      },
    ];
  });
}

function valueAt(data: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    data,
  );
}

/** The same text for what means the same: neither the order of patterns nor a repeated one matters. */
function setting(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? [...new Set(value.map(String))].sort() : value);
}
