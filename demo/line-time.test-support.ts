/** Reads the time of a line for the tests, straight from each format's documentation and without the product's own readers. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** ms since 1970 UTC; null for a header. Throws for a line that is not of its format. */
export function timeOfLine(path: string, line: string, year: number): number | null {
  if (line.startsWith("#")) return null;
  if (path.startsWith("zeek/lisbon/")) return Math.round(Number(match(/^(\d+\.\d{6})\t/, line)[1]) * 1000);
  if (path.startsWith("proxy/")) return Math.round(Number(match(/^(\d+\.\d{3}) +\d+ /, line)[1]) * 1000);
  if (path === "linux/audit.log")
    return Math.round(Number(match(/^node=\S+ type=[A-Z]+ msg=audit\((\d+\.\d{3}):\d+\): /, line)[1]) * 1000);
  if (path === "dns/dnsmasq.log") {
    const [, month, day, clock] = match(/^([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) gw-ber dnsmasq\[\d+\]: /, line);
    return Date.parse(
      `${year}-${String(MONTHS.indexOf(month as string) + 1).padStart(2, "0")}-${(day as string).trim().padStart(2, "0")}T${clock}Z`,
    );
  }
  if (path === "dns/bind-query.log") {
    const [, day, month, full, clock] = match(
      /^(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d:\d\d:\d\d\.\d{3}) queries: info: client /,
      line,
    );
    return Date.parse(`${full}-${String(MONTHS.indexOf(month as string) + 1).padStart(2, "0")}-${day}T${clock}Z`);
  }
  if (path.startsWith("esxi/"))
    return Date.parse(match(/^<\d+>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) /, line)[1] as string);
  const entry = JSON.parse(line) as Record<string, unknown>;
  if (path.startsWith("zeek/")) return Math.round(Number(entry["ts"]) * 1000);
  if (path === "github/webhooks.ndjson") return null;
  const stamp = entry["@timestamp"] ?? entry["published"] ?? entry["created_at"];
  return typeof stamp === "number" ? stamp : Date.parse(String(stamp));
}

function match(pattern: RegExp, line: string): RegExpExecArray {
  const found = pattern.exec(line);
  if (found === null) throw new Error(`not of its format: ${line.slice(0, 160)}`);
  return found;
}
