/** @see https://sigmahq.io/sigma-specification/specification/sigma-appendix-tags.html (version 2.1) */
import { isTechnique } from "./attack-techniques.ts";
import type { Place } from "./document.ts";
import { nearest, type IssueList } from "./issue.ts";

const TACTICS = [
  "reconnaissance",
  "resource-development",
  "initial-access",
  "execution",
  "persistence",
  "privilege-escalation",
  "defense-evasion",
  "stealth",
  "defense-impairment",
  "credential-access",
  "discovery",
  "lateral-movement",
  "collection",
  "exfiltration",
  "command-and-control",
  "impact",
];
const NAMESPACES = ["attack", "car", "cve", "d3fend", "detection", "stp", "tlp"];
const ATTACK_ID = /^(?:t\d{4}(?:\.\d{3})?|[gsma]\d{4}|ds\d{4}|ta\d{4}|c\d{4})$/;
const SHAPES: Readonly<Record<string, { readonly shape: RegExp; readonly example: string }>> = {
  car: { shape: /^\d{4}-\d{2}-\d{3}$/, example: "car.2016-04-005" },
  cve: { shape: /^\d{4}[.-]\d{4,7}$/, example: "cve.2021-44228" },
  d3fend: {
    shape: /^(?:d3-[a-z0-9]+|d3f-[A-Za-z0-9]+|model|harden|detect|isolate|deceive|evict)$/,
    example: "d3fend.d3-am",
  },
  detection: { shape: /^(?:dfir|emerging-threats|threat-hunting)$/, example: "detection.threat-hunting" },
  stp: { shape: /^[1-5][auk]?$/, example: "stp.3k" },
  tlp: { shape: /^(?:red|amber|amber-strict|green|clear|white)$/, example: "tlp.amber" },
};

/** @param attack ids that exist, such as `T1567.001`; undefined: those of the built-in table */
export function checkTag(tag: string, place: Place, attack: ReadonlySet<string> | undefined, issues: IssueList): void {
  const shown = tag.slice(0, 60);
  if (!/^[a-z0-9_-]+\.[A-Za-z0-9._-]+$/.test(tag)) {
    issues.add("tag.format", place, `“${shown}” is no tag`, "write `namespace.name` in lower case, without blanks");
    return;
  }
  const dot = tag.indexOf(".");
  const namespace = tag.slice(0, dot);
  const name = tag.slice(dot + 1);
  if (namespace === "attack") {
    checkAttack(name, place, attack, issues);
    return;
  }
  if (!NAMESPACES.includes(namespace)) {
    const near = nearest(namespace, NAMESPACES);
    issues.add(
      "tag.namespace",
      place,
      `“${namespace.slice(0, 40)}” is no namespace of tags`,
      near === null ? `the namespaces are ${NAMESPACES.join(", ")}` : `did you mean \`${near}\`?`,
    );
    return;
  }
  const rule = SHAPES[namespace];
  if (rule !== undefined && !rule.shape.test(name))
    issues.add(
      "tag.format",
      place,
      `“${shown}” is not of the form of ${namespace} tags`,
      `write for instance \`${rule.example}\``,
    );
}

function checkAttack(name: string, place: Place, attack: ReadonlySet<string> | undefined, issues: IssueList): void {
  const shown = `attack.${name.slice(0, 60)}`;
  if (ATTACK_ID.test(name)) {
    const exists = attack === undefined ? isTechnique(name) : attack.has(name.toUpperCase());
    if (/^t\d/.test(name) && !exists)
      issues.add(
        "tag.attack",
        place,
        `${shown} is no technique of ATT&CK`,
        "look the technique up; it may have been revoked or given another number",
      );
    return;
  }
  const tactic = name.toLowerCase().replaceAll("_", "-");
  if (TACTICS.includes(tactic)) {
    if (tactic !== name)
      issues.add("tag.attack", place, `${shown} is written with hyphens`, `write \`attack.${tactic}\``);
    return;
  }
  const id = /^([a-z]{1,2})(\d{1,6})(?:\.(\d{1,6}))?$/i.exec(name);
  const near = nearest(tactic, TACTICS);
  const fix =
    id !== null
      ? "techniques are `attack.t1234` or `attack.t1234.001`"
      : near === null
        ? "write a technique, group, software or tactic: `attack.t1567.001`, `attack.exfiltration`"
        : `did you mean \`attack.${near}\`?`;
  issues.add("tag.attack", place, `${shown} is nothing of ATT&CK`, fix);
}
