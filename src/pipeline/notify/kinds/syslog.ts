/**
 * Syslog over UDP, TCP or TLS, as CEF, LEEF or RFC 5424. UDP tells nobody whether something arrived; over TCP and TLS it counts as
 * delivered when the other side has closed its end without an error.
 * @see https://www.rfc-editor.org/rfc/rfc6587 (framing over TCP)
 * @see https://www.rfc-editor.org/rfc/rfc5425 (TLS)
 */
import { createSocket } from "node:dgram";
import type { Socket } from "node:net";
import * as z from "zod";
import type { Notice } from "../../../model/notification.ts";
import { cefMessage } from "../formats/cef.ts";
import { leefMessage } from "../formats/leef.ts";
import { FACILITIES, rfc3164Message, rfc5424Message, type SyslogHeader } from "../formats/syslog.ts";
import { defineReceiver, type Outcome, type ReceiverPorts } from "../receiver.ts";
import { caFile, host, port } from "../settings.ts";
import { openTcp, secure } from "../socket.ts";

/** What a datagram takes for certain without being cut on the way is less; what a receiver has to take is 2 kB (RFC 5424, 6.1). */
const MAX_DATAGRAM = 8_000;
const MAX_MESSAGE = 64_000;
/** How long the other side may take to close its end. */
const CLOSE_MS = 2_000;

const DEFAULT_PORTS = { udp: 514, tcp: 514, tls: 6514 } as const;

export default defineReceiver({
  type: "syslog",
  title: "Syslog",
  description: "A line to a SIEM or log server: RFC 5424 with structured data, CEF or LEEF 2.0.",
  settings: {
    host,
    port: port.optional().meta({ description: "514, and 6514 over TLS, when left out." }),
    protocol: z.enum(["udp", "tcp", "tls"]),
    format: z.enum(["rfc5424", "cef", "leef"]).optional().meta({ description: "`rfc5424` when left out." }),
    framing: z
      .enum(["octet-counting", "newline"])
      .optional()
      .meta({ description: "How messages are told apart over TCP and TLS; `octet-counting` when left out." }),
    facility: z.enum(FACILITIES).optional().meta({ description: "`local0` when left out." }),
    ca_file: caFile,
  },
  secrets: {},
  check: ({ protocol, framing, ca_file }) =>
    protocol === "udp" && framing !== undefined
      ? "framing is for tcp and tls"
      : protocol !== "tls" && ca_file !== undefined
        ? "ca_file goes with protocol tls"
        : null,
  hosts: (settings) => [settings.host],
  connect: (settings, ports) => {
    const ca = settings.ca_file === undefined ? undefined : ports.readFile(settings.ca_file);
    const { protocol, framing = "octet-counting", facility = "local0", format = "rfc5424" } = settings;
    const target = { host: settings.host, port: settings.port ?? DEFAULT_PORTS[protocol], ca };
    return {
      deliver: async (notice, { signal }) => {
        const header = { facility, hostname: ports.hostname, time: ports.clock.now() };
        const message = syslogMessage(notice, format, ports, header);
        if (protocol === "udp") return sendDatagram(cut(message, MAX_DATAGRAM), target, ports);
        const content = cut(message, MAX_MESSAGE);
        const frame =
          framing === "newline"
            ? Buffer.concat([content, Buffer.from("\n")])
            : Buffer.concat([Buffer.from(`${content.length} `), content]);
        const plain = await openTcp(ports.guard, target, signal);
        const socket = protocol === "tls" ? await secure(plain, target) : plain;
        return sendFrame(socket, frame, signal);
      },
    };
  },
});

function syslogMessage(
  notice: Notice,
  format: "rfc5424" | "cef" | "leef",
  { link, version }: ReceiverPorts,
  header: SyslogHeader,
): string {
  const address = link(notice.incident.uid);
  if (format === "rfc5424") return rfc5424Message(notice, address, header);
  const message = (format === "cef" ? cefMessage : leefMessage)(notice, address, version);
  return rfc3164Message(notice.incident.severity, message, header);
}

/** At most so many bytes, cut between characters. */
function cut(text: string, bytes: number): Buffer {
  const whole = Buffer.from(text, "utf8");
  if (whole.length <= bytes) return whole;
  let end = bytes;
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return whole.subarray(0, end);
}

async function sendDatagram(
  content: Buffer,
  target: { readonly host: string; readonly port: number },
  { guard }: ReceiverPorts,
): Promise<Outcome> {
  const [address] = await guard.addressesOf(target.host);
  if (address === undefined) throw new Error(`${target.host} has no address`);
  const socket = createSocket(address.family === 6 ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.send(content, target.port, address.address, (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    socket.close();
  }
  return { result: "delivered", answer: "sent; UDP does not tell whether it arrived" };
}

function sendFrame(socket: Socket, frame: Buffer, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(new Error("stopped"));
    signal.addEventListener("abort", abort, { once: true });
    let patience: NodeJS.Timeout | undefined;
    socket.once("error", reject);
    socket.once("close", () => {
      clearTimeout(patience);
      signal.removeEventListener("abort", abort);
      resolve({ result: "delivered", answer: "sent" });
    });
    socket.resume();
    socket.end(frame, () => {
      // Many receivers keep their end open: what was written has left this machine.
      patience = setTimeout(() => socket.destroy(), CLOSE_MS);
    });
  });
}
