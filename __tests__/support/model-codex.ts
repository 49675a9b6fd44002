import type { CodexEntry } from '../../src/codex/changes.ts';
import { EMPTY_MANIFEST, type Manifest } from '../../src/codex/manifest.ts';
import { effectiveTree } from '../../src/codex/overlay.ts';
import type { OverlayPlan } from '../../src/codex/plan-documents.ts';
import { foldersOf } from '../../src/documents/paths.ts';
import type { Document } from '../../src/documents/select.ts';
import { NO_FOLDER } from '../../src/git/codex-folder.ts';
import { type ProjectPublication, publicationOf } from '../../src/publish/commit.ts';
import { foldName } from './model-repository.ts';

/** One state of a project's folder in one branch of the codex. */
export interface FolderState {
  readonly manifest: Manifest | undefined;
  readonly entries: ReadonlyMap<string, CodexEntry>;
}

/** A project's folder in one branch of the codex, and all that it ever was. */
export class ModelFolder {
  readonly states: FolderState[] = [{ manifest: undefined, entries: new Map() }];
  /** Every blob id that a commit of the branch had. */
  readonly history = new Set<string>();
  /** `path\0text` of what people wrote there by hand. */
  readonly edits = new Set<string>();

  get entries(): ReadonlyMap<string, CodexEntry> {
    return this.states.at(-1)?.entries ?? new Map();
  }

  get manifest(): Manifest {
    return this.states.at(-1)?.manifest ?? EMPTY_MANIFEST;
  }

  /** The commits of a run that leaves this manifest. */
  stepsOf(next: Manifest, overlayPlan: Pick<OverlayPlan, 'steps'>): ProjectPublication['steps'] {
    const source = next.source ?? { repository: '', directory: '.' };
    const about = { project: 'widgets', folder: NO_FOLDER, subject: '', source };
    return publicationOf(about, this.manifest, next, overlayPlan)?.steps ?? [];
  }

  /** Pushes what a run planned, one commit for each step. */
  publish(steps: ProjectPublication['steps'], plan: OverlayPlan['plan']): void {
    const { entries: before, manifest: owned } = this;
    for (const { changes, manifest } of steps) {
      const entries = new Map(before);
      for (const { path, document } of changes) {
        if (document) entries.set(path, { document });
        else entries.delete(path);
      }
      this.push({ manifest, entries });
      this.checkCase(before);
    }
    if (steps.length > 0) this.checkEdits(before, owned, plan);
    this.checkShown();
  }

  /** Somebody writes a document by hand, or removes it. */
  edit(path: string, document: Document | undefined): void {
    const entries = new Map(this.entries);
    if (document) {
      entries.set(path, { document });
      this.edits.add(`${path}\0${document.id}`);
    } else {
      entries.delete(path);
      this.edits.add(`${path}\0`);
    }
    this.push({ manifest: this.states.at(-1)?.manifest, entries });
  }

  private push(state: FolderState): void {
    this.states.push(state);
    for (const { document } of state.entries.values()) if (document) this.history.add(document.id);
    if (state.entries.has('d') && state.entries.has('d/e')) throw new Error('A file and a folder have one name');
    this.checkManifest();
  }

  /** What a manifest says is there to be had, and it is there no longer than something says it. */
  private checkManifest(): void {
    const { documents, previews, source, held } = this.manifest;
    for (const layer of [documents, ...[...previews.values()].map((preview) => preview.documents)]) {
      for (const [path, id] of layer) {
        if (id !== null && !this.history.has(id)) throw new Error(`${path}: ${id} is not in the history of the branch`);
      }
    }
    const isMade = this.states.at(-1)?.manifest !== undefined;
    const isEmpty = documents.size === 0 && previews.size === 0 && source?.commit === undefined && held === undefined;
    if (isMade && isEmpty) throw new Error('A manifest that only previews made outlives the last of them');
  }

  /** Where the manifest says that a document is shown there is one, but for what people removed, or wrote in another spelling. */
  private checkShown(): void {
    const stands = effectiveTree(this.manifest);
    const names = [...this.entries.keys()].map((path) => [path, foldName(path)] as const);
    for (const path of stands.paths) {
      const { id } = stands.at(path);
      if (id === undefined || this.entries.has(path) || this.edits.has(`${path}\0`)) continue;
      const folded = foldName(path);
      const isTaken = ([other, name]: readonly [string, string]) =>
        other !== path && (name === folded || name.startsWith(`${folded}/`) || folded.startsWith(`${name}/`));
      if (!names.some(isTaken)) throw new Error(`${path}: the manifest says ${id}, and nothing is there`);
    }
  }

  /** Windows and macOS can check out what a run publishes, as long as people do not write both of two spellings. */
  private checkCase(before: ReadonlyMap<string, CodexEntry>): void {
    const isWritten = (path: string) => {
      const id = this.entries.get(path)?.document?.id;
      return id === before.get(path)?.document?.id && this.edits.has(`${path}\0${id}`);
    };
    const spelled = new Map<string, string>();
    const files = [...this.entries.keys()].map((path) => [path, path] as const);
    const folders = files.flatMap(([path]) => foldersOf(path).map((folder) => [folder, path] as const));
    for (const [file] of files) {
      const folded = foldName(file);
      const twin = spelled.get(folded) ?? folders.find(([folder]) => foldName(folder) === folded)?.[1];
      spelled.set(folded, file);
      if (twin === undefined || (isWritten(file) && isWritten(twin))) continue;
      // A file and a folder of one name that are there already both stay.
      if (foldName(twin) !== folded && before.has(file) && before.has(twin)) continue;
      throw new Error(`${file} and ${twin} are one file where case does not count`);
    }
  }

  /** No edit of a person vanishes without a word. */
  private checkEdits(
    before: ReadonlyMap<string, CodexEntry>,
    owned: Manifest,
    { changes, conflicts }: OverlayPlan['plan'],
  ): void {
    const overlay = [owned.documents, ...[...owned.previews.values()].map(({ documents }) => documents)];
    for (const [path, { document }] of before) {
      if (document === undefined || !this.edits.has(`${path}\0${document.id}`)) continue;
      const now = this.entries.get(path)?.document?.id;
      // A text that this tool published, too, is no edit.
      if (now === document.id || overlay.some((layer) => layer.get(path) === document.id)) continue;
      const isNamed = changes.some((change) => change.path === path && change.replaces === document.id);
      if (isNamed || conflicts.some((conflict) => conflict.path === path)) continue;
      throw new Error(`${path}: the edit ${document.id} became ${now}, and the report does not list it`);
    }
  }
}
