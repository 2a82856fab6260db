/** Finance reads its share all day, and once a week packs the figures and sends them to the tax office's portal. */
import { openPage, openProgram, browserOf } from "../actions/browse.ts";
import { weekday } from "../clock.ts";
import { hostNamed, type Person } from "../company.ts";
import type { Random } from "../random.ts";
import { createFile, readFile, readShare, session, startProcess } from "../sensors/endpoint.ts";
import { server } from "../servers.ts";
import { at, isOff, type World } from "../world.ts";
import type { Life } from "./index.ts";

export const FINANCE_FILES = [
  "2026\\Q1\\ledger-january.xlsx",
  "2026\\Q1\\ledger-february.xlsx",
  "2026\\Q1\\cash-flow.xlsx",
  "2026\\budget-plan.xlsx",
  "2026\\payroll-march.xlsx",
  "2025\\annual-accounts.docx",
  "2025\\audit-report.pdf",
  "Suppliers\\contracts.xlsx",
  "Suppliers\\invoices-q1.xlsx",
  "Treasury\\bank-balances.xlsx",
  "Treasury\\hedging.xlsx",
  "Board\\forecast-2027.pptx",
] as const;

export const financeWork: Life = (world, day, random) => {
  if (isOff(world, day)) return;
  const team = world.company.people.filter((person) => person.team === "finance");
  for (const person of team) readFigures(world, day, person, random.fork(person.number, day));
  if (weekday(day) === 2 && team[0] !== undefined) sendToTaxOffice(world, day, team[0], random.fork("tax", day));
};

function readFigures(world: World, day: number, person: Person, random: Random): void {
  const files = hostNamed(world.company, "fs-01");
  const { office } = person;
  for (let round = random.int(4, 9); round > 0; round--) {
    const time = at(world, day, 9 + random.next() * 7.5, office);
    const file = random.pick(FINANCE_FILES);
    readShare(world, time, files, person.account, `D:\\Shares\\Finance\\${file}`, random);
    if (person.workstation.os === "windows" && random.chance(0.5)) {
      openProgram(
        world,
        time + 200,
        person.workstation,
        person,
        "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
        `\\\\${files.name}\\Finance\\${file}`,
        random,
      );
    }
  }
}

function sendToTaxOffice(world: World, day: number, person: Person, random: Random): void {
  const host = person.workstation;
  const time = at(world, day, 11.2);
  const archive = `C:\\Users\\${person.account.name}\\Documents\\Finance\\vat-return-march.7z`;
  const folder = `C:\\Users\\${person.account.name}\\Documents\\Finance\\vat-return`;
  const zip = startProcess(world, {
    time,
    parent: session(host, person.account, random),
    image: "C:\\Program Files\\7-Zip\\7zG.exe",
    argv: ["7zG.exe", "a", "-t7z", archive, `${folder}\\*`],
    random,
  });
  for (const file of ["sales.xlsx", "purchases.xlsx", "summary.pdf"])
    readFile(world, time + random.int(200, 900), zip, `${folder}\\${file}`);
  createFile(world, time + 1_500, zip, archive);
  openPage(
    world,
    time + 240_000,
    browserOf(host, person, random),
    server("tax.state-portal.example"),
    "/returns/upload",
    random,
    [
      {
        method: "POST",
        path: "/returns/upload/file",
        sent: random.size(9_000_000, 0.3),
        received: 600,
        type: "application/json",
        after: 8_000,
      },
    ],
  );
}
