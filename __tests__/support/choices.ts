/** A number that answers questions one after another. */
export class Choices {
  private rest: number;

  constructor(number: number) {
    this.rest = number;
  }

  below(limit: number): number {
    const choice = this.rest % limit;
    this.rest = Math.floor(this.rest / limit);
    return choice;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** Once in so many times. */
  rarely(times: number): boolean {
    return this.below(times) === times - 1;
  }
}
