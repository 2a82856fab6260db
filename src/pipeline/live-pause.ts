/** A pause that can be cut short. */
export class Pause {
  #end: (() => void) | null = null;
  #woken = false;

  /** Returns at once when `wake` was called since the last pause. */
  sleep(ms: number): Promise<void> {
    if (this.#woken) {
      this.#woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#finish(), Math.max(1, ms));
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    if (this.#end === null) this.#woken = true;
    else this.#finish();
  }

  #finish(): void {
    this.#end?.();
    this.#end = null;
  }
}
