/**
 * Passwords: what scrypt makes of them is kept with its parameters, so that these can be raised later.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7914
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { ProblemError } from "./problem.ts";

export interface ScryptCost {
  /** Binary logarithm of N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and a quarter of a second: as hard as OWASP asks for, without taking the memory that the store needs. */
export const COST: ScryptCost = { ln: 15, r: 8, p: 3 };
/** What is stored is not trusted to ask for more than this. */
const MOST: ScryptCost = { ln: 20, r: 16, p: 8 };
const KEY_BYTES = 32;
/** At a time, and waiting for their turn: sign-ins may not take the machine. */
const MOST_RUNNING = 2;
const MOST_WAITING = 20;

export const LEAST_LENGTH = 12;
const MOST_LENGTH = 256;

/** Long ones that everybody tries first. */
const KNOWN = new Set([
  "administrator",
  "changeme1234",
  "correcthorsebatterystaple",
  "iloveyou1234",
  "letmein12345",
  "password1234",
  "password12345",
  "password123456",
  "passwordpassword",
  "qwerty123456",
  "qwertyuiop123",
  "qwertyuiopasdf",
  "sallyport1234",
  "sallyportsallyport",
  "welcome12345",
]);

/** Why a password is none; null: it will do. */
export function weaknessOf(password: string, user: string): string | null {
  const text = password.normalize("NFC");
  const lower = text.toLowerCase();
  const length = [...text].length;
  if (length < LEAST_LENGTH) return `take at least ${LEAST_LENGTH} characters`;
  if (length > MOST_LENGTH) return `take at most ${MOST_LENGTH} characters`;
  if (new Set(lower).size < 5) return "take more than a few different characters";
  if (user.length >= 3 && lower.includes(user.toLowerCase())) return "leave the user's name out";
  if (KNOWN.has(lower) || /^(?:0?123456789\d*|abcdefghijkl[a-z]*)$/.test(lower))
    return "this one is known to everybody who tries passwords";
  return null;
}

/** `$scrypt$ln=15,r=8,p=3$SALT$KEY`, both base64 without padding. */
export async function hashPassword(password: string, cost: ScryptCost = COST): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  const text = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${text(salt)}$${text(key)}`;
}

/** What a user who does not exist is checked against: it takes as long and fits no password. */
export function impossibleHash(cost: ScryptCost = COST): string {
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${randomBytes(16).toString("base64").replace(/=+$/, "")}$${randomBytes(KEY_BYTES).toString("base64").replace(/=+$/, "")}`;
}

/** @param stored by `hashPassword`; anything else fits nothing */
export async function checkPassword(password: string, stored: string): Promise<boolean> {
  const parts = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,86})\$([A-Za-z0-9+/]{43})$/.exec(
    stored,
  );
  if (parts === null) return false;
  const cost = { ln: Number(parts[1]), r: Number(parts[2]), p: Number(parts[3]) };
  if (cost.ln < 1 || cost.r < 1 || cost.p < 1 || cost.ln > MOST.ln || cost.r > MOST.r || cost.p > MOST.p) return false;
  const expected = Buffer.from(parts[5] as string, "base64");
  const key = await derive(password, Buffer.from(parts[4] as string, "base64"), cost);
  return timingSafeEqual(key, expected);
}

/** Whether it was made with less than what is asked for now. */
export function isOutdated(stored: string, cost: ScryptCost = COST): boolean {
  return !stored.startsWith(`$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$`);
}

let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, salt: Buffer, { ln, r, p }: ScryptCost): Promise<Buffer> {
  if (running >= MOST_RUNNING) {
    if (waiting.length >= MOST_WAITING) throw new ProblemError("rate-limited", "too many sign in at once: try again");
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await new Promise((resolve, reject) => {
      const limit = 129 * 2 ** ln * r + (1 << 20);
      scrypt(password.normalize("NFC"), salt, KEY_BYTES, { N: 2 ** ln, r, p, maxmem: limit }, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}
