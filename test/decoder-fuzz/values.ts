/** Single values: times, addresses, URLs, countries, and a DNS message off the wire. */
import assert from "node:assert/strict";
import { isIP } from "node:net";
import type { OcsfUrl } from "../../src/model/activity.ts";
import { countryCode } from "../../src/pipeline/conform/decoders/country.ts";
import { readDnsMessage, type DnsMessage } from "../../src/pipeline/conform/decoders/dns-message.ts";
import { parseEventTime } from "../../src/pipeline/conform/decoders/event-time.ts";
import { ipAddress, isIpAddress } from "../../src/pipeline/conform/decoders/ip-address.ts";
import { parseClfTime, parseIsoTime, parseTime } from "../../src/pipeline/conform/decoders/timestamp.ts";
import { splitUrl } from "../../src/pipeline/conform/url.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { REFERENCE } from "./headers.ts";
import { damaged, wordOf, type Material } from "./inputs.ts";
import { bool, hasShape, listOf, maybe, shaped, text, whole } from "./shapes.ts";

const TIMES: Material = {
  samples: [
    "2026-03-20T09:15:03.123Z",
    "2026-03-20 09:15:03,123456 +0200",
    "2026-03-20T24:00:00Z",
    "1774000003",
    "1774000003.123456",
    "1774000003123456789",
    "20/Mar/2026:09:15:03.123 +0000",
    "20/Mar/2026:09:15:03",
    "Mar 20 2026 09:15:03.123 GMT",
    "Dec  1, 09:15:03 -05:00",
    "2026/03/20 09:15:03",
    "9/16/19 10:00",
  ],
  pieces: [..."-/:., TZ+0129", "00", "99", "60", "Mar", "Xyz", " UTC", "+99:99", "T24", "9999", "0000", "\u0660"],
};

/** The first and the last ms that an ISO time can name, whatever its zone. */
const [FIRST, LAST] = [Date.UTC(-1, 0), Date.UTC(10_001, 0)];

const times: FuzzedDecoder = {
  name: "times",
  covers: ["timestamp.ts", "event-time.ts"],
  input: (dice) => damaged(dice, TIMES),
  read(value) {
    const all = [parseIsoTime(value), parseTime(value), parseClfTime(value), parseEventTime(value, REFERENCE)];
    for (const time of all)
      assert(time === undefined || (Number.isSafeInteger(time) && time >= FIRST && time <= LAST), String(time));
    // a blank ahead is passed over, but keeps the shortcut for plain times from being taken
    assert.equal(parseIsoTime(value), parseIsoTime(` ${value}`));
    return all.some((time) => time !== undefined);
  },
  roundTrip(dice) {
    const ms = Date.UTC(1990 + dice.below(100), dice.below(12), 1 + dice.below(28)) + dice.below(86_400_000);
    const date = new Date(ms);
    const iso = date.toISOString();
    const zone = dice.below(24 * 60) * dice.of([-1, 1]);
    const offset = `${zone < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(zone) / 60))}:${pad(Math.abs(zone) % 60)}`;
    assert.equal(parseIsoTime(iso), ms);
    assert.equal(parseIsoTime(new Date(ms + zone * 60_000).toISOString().replace("Z", offset)), ms);
    assert.equal(parseTime(dice.below(2) === 0 ? ms : String(ms)), ms);
    assert.equal(parseTime(String(ms * 1000)), ms);
    const [, weekday, day, month, year, clock] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(date.toUTCString())!;
    assert(weekday !== undefined);
    assert.equal(parseClfTime(`${day}/${month}/${year}:${clock}.${iso.slice(20, 23)} +0000`), ms);
    assert.equal(parseEventTime(`${month} ${day} ${year} ${clock}.${iso.slice(20, 23)} UTC`, REFERENCE), ms);
  },
};

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

const ADDRESSES: Material = {
  samples: [
    "192.0.2.7",
    "198.51.100.9:443",
    "2001:db8::44",
    "[2001:db8::1%eth0]:443",
    "::ffff:192.0.2.7",
    "1:2:3:4:5:6:192.0.2.7",
    "fe80::1%eth0",
    "192.0.2.7, 203.0.113.9",
    "host.acme.example",
  ],
  pieces: [..."0123456789abcdefF.:%[]/, -", "::", "255", "256", "ffff", "00", "0x7f", "::1", "127.1"],
};

const addresses: FuzzedDecoder = {
  name: "addresses",
  covers: ["ip-address.ts"],
  input: (dice) => damaged(dice, ADDRESSES),
  read(value) {
    assert.equal(isIpAddress(value), isIP(value) !== 0 && !value.includes("%"));
    const address = ipAddress(value);
    if (address === undefined) return false;
    assert(isIP(address) !== 0 && value.includes(address));
    return true;
  },
};

const URLS: Material = {
  samples: [
    "https://user:pw@Host.Example:8443/a/b%20c?d=e&f#g",
    "github.com:443",
    "/a/b?c=d",
    "http://[2001:db8::1]:80/",
    "ssh://git@h.example/o/r.git",
    "h.example./x",
    "https://h.example?a#b?c",
  ],
  pieces: [..."/:@?#[]%.&=", "://", "//", "https://", "HTTP://", "a@b@", ":99999", ":0", "xn--", "..", "\t"],
};

const urls: FuzzedDecoder = {
  name: "URLs",
  covers: ["../url.ts"],
  input: (dice) => damaged(dice, URLS),
  read(value) {
    const url = splitUrl(value);
    for (const part of Object.keys(url)) assert(part === "port" || text(url[part as keyof OcsfUrl]), part);
    assert.equal(url.url_string, value);
    assert(url.port === undefined || (Number.isInteger(url.port) && url.port >= 0 && url.port <= 65_535));
    for (const part of [url.path, url.query_string])
      assert(part === undefined || (part !== "" && value.includes(part)));
    assert(url.hostname === undefined || (url.hostname !== "" && value.toLowerCase().includes(url.hostname)));
    assert(url.path === undefined || (!url.path.includes("?") && !url.path.includes("#")));
    return url.hostname !== undefined;
  },
  roundTrip(dice) {
    const units = ["a", "b", "%20", "é", "&", "=", ";", ":", "@"];
    const [scheme, port] = [dice.of(["http", "https", "ssh", "x+y"]), 1 + dice.below(65_535)];
    const host = `h${wordOf(dice, ["a", "-", ".", "0"], 6)}x`;
    const path = `/${wordOf(dice, [...units, "/"], 8)}`;
    const query = wordOf(dice, [...units, "/", "?"], 8);
    const user = dice.below(2) === 0 ? "" : `${wordOf(dice, units, 4)}@`;
    const url = `${scheme}://${user}${host}:${port}${path}${query === "" ? "" : `?${query}`}${dice.below(2) === 0 ? "" : "#f?g"}`;
    const expected: OcsfUrl = { url_string: url, scheme, hostname: host, port, path };
    if (query !== "") expected.query_string = query;
    assert.deepEqual(splitUrl(url), expected);
  },
};

const COUNTRIES: Material = {
  samples: [
    "Germany",
    "DE",
    "de",
    "United States of America",
    "Korea, Republic of",
    "Türkiye",
    "__proto__",
    "constructor",
  ],
  pieces: [" ", "a", "Z", ",", "İ", "ß"],
};

const countries: FuzzedDecoder = {
  name: "countries",
  covers: ["country.ts"],
  input: (dice) => damaged(dice, COUNTRIES),
  read(value) {
    const code = countryCode(value);
    assert(value === "" ? code === undefined : code === value || /^[A-Z]{2}$/.test(code ?? ""));
    return code !== undefined;
  },
};

const DNS: Material = {
  samples: [
    dnsMessage("www.acme.example", [
      [1, "\xc0\x00\x02\x07"],
      [16, "\x03abc\x01d"],
      [28, `\x20\x01${"\0".repeat(13)}\x01`],
    ]),
    dnsMessage("a.example", [
      [5, "\x01b\xc0\x0c"],
      [15, "\0\x0a\xc0\x0c"],
      [33, "\0\0\0\0\0\x50\xc0\x0c"],
      [6, "\0"],
    ]),
    dnsMessage("", []),
    dnsMessage("loop.example", [[5, "\xc0\x2a"]]),
  ],
  pieces: ["\0", "\xc0\x0c", "\xc0\x00", "\xff", "\x3f", "\x40", "\x80", "\0\x01\0\x01", "\0\x10", "\xff\xff", "\x01a"],
};

/** A response with one question, and answers of these types and data; bytes as characters. */
function dnsMessage(name: string, answers: readonly (readonly [type: number, data: string])[]): string {
  const two = (number: number) => String.fromCharCode(number >> 8, number & 0xff);
  const labels =
    name === ""
      ? ""
      : name
          .split(".")
          .map((label) => String.fromCharCode(label.length) + label)
          .join("");
  const records = answers.map(([type, data]) => `\xc0\x0c${two(type)}\0\x01\0\0\0\x3c${two(data.length)}${data}`);
  return `\x12\x34\x81\x80\0\x01${two(answers.length)}\0\0\0\0${labels}\0\0\x01\0\x01${records.join("")}`;
}

const dns: FuzzedDecoder = {
  name: "DNS messages",
  covers: ["dns-message.ts"],
  input: (dice) => damaged(dice, DNS),
  read(characters) {
    const message = readDnsMessage(Buffer.from(characters, "latin1"));
    assert.equal(message === null, characters.length < 12);
    if (message === null) return false;
    hasShape<DnsMessage>(message, {
      id: whole,
      isResponse: bool,
      rcode: whole,
      name: maybe(text),
      type: maybe(text),
      answers: listOf(shaped<DnsMessage["answers"][number]>({ type: text, rdata: text, ttl: whole })),
    });
    // a byte that is not printable takes four characters
    assert(message.answers.length <= 64 && (message.name ?? "").length <= 4 * 320);
    return message.name !== undefined;
  },
  roundTrip(dice) {
    const name = Array.from({ length: 1 + dice.below(5) }, () => `x${wordOf(dice, ["a", "-", "9", "_"], 12)}`).join(
      ".",
    );
    const octets = Array.from({ length: 4 }, () => dice.below(256));
    const letters = wordOf(dice, ["a", "=", "-", ";"], 20);
    const message = readDnsMessage(
      Buffer.from(
        dnsMessage(name, [
          [1, String.fromCharCode(...octets)],
          [16, String.fromCharCode(letters.length) + letters],
          [5, "\xc0\x0c"],
        ]),
        "latin1",
      ),
    )!;
    assert.deepEqual(
      [message.name, message.type, ...message.answers.map(({ rdata }) => rdata)],
      [name, "A", octets.join("."), letters, name],
    );
  },
};

export const values: readonly FuzzedDecoder[] = [times, addresses, urls, countries, dns];
