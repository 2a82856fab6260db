/**
 * Abbreviated names of time zones as appliances write them -> ms ahead of UTC. Where two zones share a name, the one that the
 * appliances' own examples mean: `IST` is India's.
 */
const HOURS: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  Z: 0,
  WET: 0,
  WEST: 1,
  BST: 1,
  CET: 1,
  CEST: 2,
  EET: 2,
  EEST: 3,
  MSK: 3,
  TRT: 3,
  SAST: 2,
  IST: 5.5,
  PKT: 5,
  SGT: 8,
  HKT: 8,
  AWST: 8,
  JST: 9,
  KST: 9,
  ACST: 9.5,
  ACDT: 10.5,
  AEST: 10,
  AEDT: 11,
  NZST: 12,
  NZDT: 13,
  BRT: -3,
  AST: -4,
  ADT: -3,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
  AKST: -9,
  AKDT: -8,
  HST: -10,
};

const OFFSETS: ReadonlyMap<string, number> = new Map(
  Object.entries(HOURS).map(([name, hours]) => [name, hours * 3_600_000]),
);

/** undefined for a name that is none of these. */
function zoneNamed(name: string): number | undefined {
  return OFFSETS.get(name.toUpperCase());
}

/** `-0500`, `+02:00`, `UTC-5:00`, `CEST` -> ms ahead of UTC; undefined for what is no zone. */
export function zoneAhead(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  const match = /^(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})$/.exec(zone);
  if (match === null) return zoneNamed(zone);
  const ms = (Number(match[2]) * 60 + Number(match[3])) * 60_000;
  return match[1] === "-" ? -ms : ms;
}
