/** The answer to a question that git or GitHub may leave open. */
export type Tristate = 'yes' | 'no' | 'unknown';

export function tristate(isSo: boolean | undefined): Tristate {
  if (isSo === undefined) return 'unknown';
  return isSo ? 'yes' : 'no';
}
