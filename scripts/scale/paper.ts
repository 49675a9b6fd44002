/** What stands between the marks of a block. */
export function blockOf(paper: string, name: string): string {
  const { from, to } = placeOf(paper, name);
  return paper.slice(from, to).trim();
}

export function replaceBlock(paper: string, name: string, block: string): string {
  const { from, to } = placeOf(paper, name);
  return `${paper.slice(0, from)}\n${block}\n${paper.slice(to)}`;
}

function placeOf(paper: string, name: string): { from: number; to: number } {
  const begin = `<!-- ${name}: written by "npm run scale -- --write" -->`;
  const [at, to] = [paper.indexOf(begin), paper.indexOf(`<!-- /${name} -->`)];
  if (at === -1 || to === -1) throw new Error(`The paper has no block "${name}": ${begin} … <!-- /${name} -->`);
  return { from: at + begin.length, to };
}
