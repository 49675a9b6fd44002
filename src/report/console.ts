/** What a run says to people and to the workflow; each door brings its own. */
export interface Console {
  readonly line: (text: string) => void;
  readonly debug: (text: string) => void;
  readonly notice: (text: string) => void;
  readonly warning: (text: string) => void;
  readonly error: (text: string) => void;
  readonly group: (title: string, lines: readonly string[]) => void;
  /** Never to be shown from now on. */
  readonly secret: (text: string) => void;
  readonly output: (name: string, value: string) => void;
  /** What is under way, for who looks on; without a text, nothing is any more. */
  readonly progress: (text?: string) => void;
  readonly summary: (markdown: string) => Promise<void>;
  readonly fail: () => void;
}
