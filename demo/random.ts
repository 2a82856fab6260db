/**
 * The generator's only source of chance: a small seeded generator (sfc32). The same seed gives the same numbers on every
 * machine, and `fork` gives streams that do not disturb each other, so that adding one story changes no other line.
 */

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX = "0123456789abcdef";

export class Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    this.#seed = String(seed);
    this.#a = hash(`a${this.#seed}`);
    this.#b = hash(`b${this.#seed}`);
    this.#c = hash(`c${this.#seed}`);
    for (let warmUp = 0; warmUp < 12; warmUp++) this.#word();
  }

  /** A generator that depends on the seed and the label only, not on what was drawn before. */
  fork(...label: readonly (number | string)[]): Random {
    return new Random(`${this.#seed}/${label.join("/")}`);
  }

  /** A number from 0 up to but not including 1. */
  next(): number {
    return this.#word() / 4_294_967_296;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() * values.length)] as T;
  }

  /** A value drawn in proportion to its weight. */
  weighted<T>(choices: readonly (readonly [value: T, weight: number])[]): T {
    let total = 0;
    for (const choice of choices) total += choice[1];
    let rest = this.next() * total;
    for (const [value, weight] of choices) {
      rest -= weight;
      if (rest < 0) return value;
    }
    return (choices.at(-1) as readonly [T, number])[0];
  }

  /** `count` different values in random order; all of them when there are fewer. */
  sample<T>(values: readonly T[], count: number): T[] {
    const rest = [...values];
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0) taken.push(...rest.splice(this.int(0, rest.length - 1), 1));
    return taken;
  }

  /** A whole number whose logarithm is spread around the median: what sizes and durations look like. */
  size(median: number, spread = 1): number {
    const bell = this.next() + this.next() + this.next() + this.next() - 2;
    return Math.max(1, Math.round(median * Math.exp(bell * spread * 1.7)));
  }

  alphanumeric(length: number): string {
    return this.#text(ALPHANUMERIC, length);
  }

  hex(length: number): string {
    return this.#text(HEX, length);
  }

  uuid(): string {
    const digits = this.hex(30);
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(12, 15)}-${HEX[8 + this.int(0, 3)]}${digits.slice(15, 18)}-${digits.slice(18)}`;
  }

  #text(alphabet: string, length: number): string {
    let text = "";
    for (let index = 0; index < length; index++) text += alphabet[Math.floor(this.next() * alphabet.length)];
    return text;
  }

  #word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}

/** FNV-1a with a final mix; 32 bits, unsigned. */
export function hash(text: string): number {
  let value = 2_166_136_261;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 16_777_619);
  value = Math.imul(value ^ (value >>> 16), 2_246_822_507);
  value = Math.imul(value ^ (value >>> 13), 3_266_489_909);
  return (value ^ (value >>> 16)) >>> 0;
}
