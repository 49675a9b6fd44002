/** Questions to GitHub's API that are under way at once: it wants few of them. */
export const AT_A_TIME = 4;

/** Acts on each of them, at most so many at a time; the answers come in the order of the questions. */
export async function inParallel<T, R>(all: readonly T[], limit: number, act: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < all.length; index = next++) answers[index] = await act(all[index] as T);
  }
  await Promise.all(Array.from({ length: Math.min(limit, all.length) }, work));
  return answers;
}

/** All answers, for questions that were asked at once; of several failures the first in their order, whichever came first. */
export async function together<T extends readonly unknown[]>(asked: readonly [...{ [K in keyof T]: Promise<T[K]> }]) {
  await Promise.allSettled(asked);
  return Promise.all(asked);
}
