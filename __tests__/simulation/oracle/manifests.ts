/** A manifest `projects/<project>/.codex-sync.json` as design section 3.4 says, read here again. */
export interface ManifestFacts {
  readonly documents: ReadonlyMap<string, string>;
  /** Key -> commit, and path -> id or `null`. */
  readonly previews: ReadonlyMap<
    string,
    {
      readonly commit: string | undefined;
      /** None for the documents of the base branch beneath the first previews. */
      readonly date: string | undefined;
      readonly documents: ReadonlyMap<string, string | null>;
    }
  >;
  readonly source: {
    readonly commit: string | undefined;
    readonly ref: string | undefined;
    readonly line: string | undefined;
    readonly repository: string | undefined;
  };
  readonly held:
    | {
        readonly commit: string;
        readonly ref: string | undefined;
        readonly documents: ReadonlyMap<string, string | null>;
      }
    | undefined;
}

export const MANIFEST = '.codex-sync.json';
const NO_MANIFEST: ManifestFacts = {
  documents: new Map(),
  previews: new Map(),
  source: { commit: undefined, ref: undefined, line: undefined, repository: undefined },
  held: undefined,
};

const known = new Map<string, ManifestFacts>();

/** A text that is no manifest says that nothing is owned. */
export function manifestOf(text: string | undefined): ManifestFacts {
  if (text === undefined) return NO_MANIFEST;
  const found = known.get(text);
  if (found) return found;
  const made = read(text);
  if (known.size > 5000) known.clear();
  known.set(text, made);
  return made;
}

function read(text: string): ManifestFacts {
  try {
    const { documents, previews = {}, source = {}, held } = JSON.parse(text);
    return {
      documents: new Map(Object.entries(documents)),
      previews: new Map(
        Object.entries(previews).map(([key, preview]) => {
          const {
            commit,
            date,
            documents: named = {},
          } = preview as { commit?: string; date?: string; documents?: object };
          return [key, { commit, date, documents: new Map(Object.entries(named)) }];
        }),
      ),
      source: { commit: source.commit, ref: source.ref, line: source.line, repository: source.repository },
      held: held && { commit: held.commit, ref: held.ref, documents: new Map(Object.entries(held.documents ?? {})) },
    };
  } catch {
    return NO_MANIFEST;
  }
}
