/** Sees that the files of a running installation have changed. */
import type { Configuration } from "../content/configuration/index.ts";
import { fingerprintOf, watchedPaths } from "./watch-content.ts";

/** Between two looks: a file system tells reliably what is, and not everywhere what happens. */
const LOOK_MS = 1_000;

export class ChangeWatcher {
  readonly #reload: (why: string) => Promise<Configuration>;
  #configuration: Configuration;
  /** As it was when it was last taken up. */
  #known: string;
  /** As it was at the last look. */
  #seen: string;
  #timer: NodeJS.Timeout;
  #reloading = false;
  #wanted: string | null = null;

  /** @param reload takes up what stands there now; resolves with the configuration that runs then, whether it is another or not */
  constructor(configuration: Configuration, reload: (why: string) => Promise<Configuration>) {
    this.#configuration = configuration;
    this.#reload = reload;
    this.#known = this.#seen = this.#look();
    this.#timer = setInterval(() => this.#tick(), LOOK_MS);
  }

  /** Takes up what stands there, changed or not. */
  now(why: string): void {
    this.#wanted = why;
    this.#start();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#wanted = null;
  }

  #look(): string {
    return fingerprintOf(watchedPaths(this.#configuration));
  }

  #tick(): void {
    if (this.#reloading) return;
    const seen = this.#look();
    // Two looks alike: whoever is writing has finished.
    const settled = seen === this.#seen;
    this.#seen = seen;
    if (settled && seen !== this.#known) this.now("files have changed");
  }

  #start(): void {
    if (this.#reloading || this.#wanted === null) return;
    const why = this.#wanted;
    this.#wanted = null;
    this.#reloading = true;
    // Before reading: what is written meanwhile is seen as another change.
    this.#known = this.#seen = this.#look();
    void this.#reload(why)
      .then((configuration) => {
        const before = watchedPaths(this.#configuration).join("\n");
        this.#configuration = configuration;
        if (watchedPaths(configuration).join("\n") !== before) this.#known = this.#seen = this.#look();
      })
      .finally(() => {
        this.#reloading = false;
        this.#start();
      });
  }
}
