/**
 * A map that forgets what has not been asked for lately, so that hostile cardinality cannot fill memory.
 *
 * Two generations: the young one becomes the old one when it is full, and what was in the old one and not asked for is
 * gone. At most twice `size` entries; get and set cost one or two look-ups.
 */
export class BoundedCache<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  /** `undefined` cannot be kept: use null for "known to be nothing". */
  set(key: string, value: Value): Value {
    // Long keys come from long log fields: not worth the memory.
    if (key.length > MAX_KEY) return value;
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    return value;
  }
}

const MAX_KEY = 2048;
