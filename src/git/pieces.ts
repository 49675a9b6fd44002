const NOTHING = Buffer.alloc(0);

/**
 * Cuts an answer at every `separator`, as it comes: nobody keeps the whole of one about fifty thousand documents.
 * @param take is told each piece, one after the other; its bytes hold until it returns
 */
export function createCutter(separator: number, take: (piece: Buffer) => void) {
  /** What came behind the last separator. */
  let rest = NOTHING;
  return {
    read(output: Buffer): void {
      let start = 0;
      for (let end = output.indexOf(separator); end !== -1; end = output.indexOf(separator, start)) {
        const piece = output.subarray(start, end);
        take(rest.length === 0 ? piece : Buffer.concat([rest, piece]));
        rest = NOTHING;
        start = end + 1;
      }
      if (start < output.length) rest = Buffer.concat([rest, output.subarray(start)]);
    },
    end(): void {
      if (rest.length > 0) take(rest);
      rest = NOTHING;
    },
  };
}

/** The pieces of a `-z` answer, as bytes. */
export function splitNul(output: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  const { read, end } = createCutter(0, (piece) => pieces.push(piece));
  read(output);
  end();
  return pieces;
}
