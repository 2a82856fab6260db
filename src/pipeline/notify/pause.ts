/** A wait that can be cut short. A wake-up that comes before the wait is not lost. */
export class Pause {
  #end: (() => void) | null = null;
  #woken = false;

  sleep(ms: number): Promise<void> {
    if (this.#woken) {
      this.#woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    if (this.#end === null) this.#woken = true;
    this.#end?.();
    this.#end = null;
  }
}
