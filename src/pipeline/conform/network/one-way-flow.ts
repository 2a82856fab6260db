/**
 * Flow records of one direction (AWS and GCP flow logs, Suricata's netflow): each counts what one side sent to the other. OCSF
 * wants the client as source and the server as destination, so the record of the way back is turned round and counts as
 * `bytes_in`.
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";

export interface OneWayFlow {
  /** Who sent the bytes counted. */
  readonly sender: OcsfEndpoint | undefined;
  readonly receiver: OcsfEndpoint | undefined;
  /** Octets from sender to receiver; undefined where the record does not tell. */
  readonly bytes: number | undefined;
  readonly packets: number | undefined;
  /** TCP flags seen, as a bit mask; undefined where the record does not tell. */
  readonly tcpFlags?: number | undefined;
}

/** Client, server, and what went which way. */
export interface OrientedFlow {
  readonly src_endpoint: OcsfEndpoint | undefined;
  readonly dst_endpoint: OcsfEndpoint | undefined;
  readonly traffic: OcsfEvent["traffic"];
  /** The record counts the way from server to client. */
  readonly isReply: boolean;
}

export function orientFlow({ sender, receiver, bytes, packets, tcpFlags }: OneWayFlow): OrientedFlow {
  const isReply = isServerToClient(sender?.port, receiver?.port, tcpFlags);
  const counted = bytes !== undefined || packets !== undefined;
  return isReply
    ? {
        src_endpoint: receiver,
        dst_endpoint: sender,
        traffic: counted ? { bytes_in: bytes, packets_in: packets } : undefined,
        isReply,
      }
    : {
        src_endpoint: sender,
        dst_endpoint: receiver,
        traffic: counted ? { bytes_out: bytes, packets_out: packets } : undefined,
        isReply,
      };
}

const SYN = 0x02;
const ACK = 0x10;

/**
 * Whether the sender is the server: SYN with ACK answers, SYN alone asks; without flags the side with the port of a service
 * serves. Where both ports are of a kind, the record is taken as written.
 */
export function isServerToClient(
  senderPort: number | undefined,
  receiverPort: number | undefined,
  tcpFlags?: number,
): boolean {
  if (tcpFlags !== undefined && (tcpFlags & SYN) !== 0) return (tcpFlags & ACK) !== 0;
  if (senderPort === undefined || receiverPort === undefined) return false;
  return portRank(senderPort) < portRank(receiverPort);
}

/** Services that listen above 1023 and that clients hardly ever use as their own port. */
const HIGH_SERVICE_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 2049, 2375, 2376, 3000, 3128, 3268, 3269, 3306, 3389, 4443, 5000, 5044, 5222, 5432, 5601, 5671, 5672,
  5900, 5985, 5986, 6379, 6443, 7999, 8000, 8006, 8008, 8080, 8081, 8088, 8089, 8443, 8888, 9000, 9090, 9092, 9200,
  9300, 9418, 9997, 11211, 27017, 29418, 50051,
]);

/** 0 well-known, 1 a usual service, 2 registered, 3 what operating systems give to clients (from 32768 on). */
function portRank(port: number): number {
  if (port < 1024) return 0;
  if (HIGH_SERVICE_PORTS.has(port)) return 1;
  return port < 32_768 ? 2 : 3;
}

/** Inbound and outbound swap when a record is turned round. */
export function flowDirection(
  direction: "inbound" | "outbound" | "lateral" | undefined,
  isReply: boolean,
): { direction_id: number; direction?: string } {
  if (direction === undefined) return { direction_id: 0 };
  if (direction === "lateral") return { direction_id: 3, direction: "Lateral" };
  return (direction === "inbound") !== isReply
    ? { direction_id: 1, direction: "Inbound" }
    : { direction_id: 2, direction: "Outbound" };
}
