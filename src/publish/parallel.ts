/** Parallel requests to GitHub's API, which asks clients for few. */
export const AT_A_TIME = 4;

/** Returns the answers in the order of `all`. */
export async function inParallel<T, R>(all: readonly T[], limit: number, act: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < all.length; index = next++) answers[index] = await act(all[index] as T);
  }
  await Promise.all(Array.from({ length: Math.min(limit, all.length) }, work));
  return answers;
}

/** Waits for all; of several failures it throws the first in their order, for a stable error message. */
export async function together<T extends readonly unknown[]>(asked: readonly [...{ [K in keyof T]: Promise<T[K]> }]) {
  await Promise.allSettled(asked);
  return Promise.all(asked);
}
