import { createListing, splitNul } from '../../src/git/porcelain.ts';

/** What two answers of `git ls-files -z` come to, the second of ignored files alone. */
export function parseListing(output: Buffer, ignoredOutput: Buffer) {
  const { add, addIgnored, listed } = createListing();
  splitNul(output).forEach(add);
  splitNul(ignoredOutput).forEach(addIgnored);
  return listed();
}
