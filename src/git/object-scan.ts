/** How an object begins, and its whole size in bytes. */
export interface ObjectStart {
  readonly size: number;
  readonly start: Buffer;
}

/** Told of each object, as it comes. */
export type ObjectVisitor = (id: string, object: ObjectStart) => void;

/**
 * Reads the answer of `git cat-file --batch` piece by piece and keeps only the first `keep` bytes of an object, until it
 * was told: the memory that this takes grows neither with the documents nor with their number. An object comes as
 * `<id> <type> <size>\n<content>\n`, a missing one as `<id> missing\n`.
 */
export function createObjectScan(keep: number, tell: ObjectVisitor) {
  const missing: string[] = [];
  let line = '';
  let object: { id: string; size: number; left: number; start: Buffer } | undefined;

  function endHeader(): void {
    const [id = '', type, size = ''] = line.split(' ');
    line = '';
    if (type === 'missing') missing.push(id);
    // The line break behind the content is read as its last byte.
    else object = { id, size: Number(size), left: Number(size) + 1, start: Buffer.alloc(Math.min(keep, Number(size))) };
  }

  function read(piece: Buffer): void {
    let at = 0;
    while (at < piece.length) {
      if (!object) {
        const end = piece.indexOf(0x0a, at);
        line += piece.subarray(at, end === -1 ? piece.length : end).toString('latin1');
        if (end === -1) return;
        at = end + 1;
        endHeader();
        continue;
      }
      const taken = Math.min(object.left, piece.length - at);
      // What is beyond the end of `start` is not copied.
      piece.copy(object.start, object.size + 1 - object.left, at, at + taken);
      object.left -= taken;
      at += taken;
      if (object.left > 0) continue;
      tell(object.id, { size: object.size, start: object.start });
      object = undefined;
    }
  }

  return { read, missing };
}
