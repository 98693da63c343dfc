/** A sum of non-negative integers that stays exact past 2^53, and costs a number's addition until it gets there. */
export class ExactSum {
  private high = 0n;
  private low = 0;

  add(value: number): void {
    const sum = this.low + value;
    if (sum <= Number.MAX_SAFE_INTEGER) {
      this.low = sum;
    } else {
      this.high += BigInt(this.low) + BigInt(value);
      this.low = 0;
    }
  }

  /** Adds a product of two exact integers, which itself may be past 2^53. */
  addProduct(a: number, b: number): void {
    const product = a * b;
    if (product <= Number.MAX_SAFE_INTEGER) this.add(product);
    else this.high += BigInt(a) * BigInt(b);
  }

  get value(): bigint {
    return this.high + BigInt(this.low);
  }
}
