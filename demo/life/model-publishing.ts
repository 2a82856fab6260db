/** Data science publishes a model to the company's account on a model hub: large, from Python, and sanctioned. */
import { weekday } from "../clock.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at } from "../world.ts";
import type { Life } from "./index.ts";

export const modelPublishing: Life = (world, day, random) => {
  if (weekday(day) !== 3) return;
  const own = random.fork(day);
  const person =
    world.company.people.find(
      (candidate) => candidate.team === "data-science" && candidate.workstation.os === "linux",
    ) ?? world.company.people.find((candidate) => candidate.team === "data-science");
  if (person === undefined) return;
  const host = person.workstation;
  const windows = host.os === "windows";
  const time = at(world, day, 14 + own.next() * 2);
  const process = startProcess(world, {
    time,
    parent: session(host, person.account, own, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined),
    image: windows ? "C:\\Python313\\python.exe" : "/usr/bin/python3.13",
    argv: [
      windows ? "python.exe" : "python3",
      "-m",
      "huggingface_hub.commands.huggingface_cli",
      "upload",
      `${world.company.profile.slug}/demand-forecast`,
      "./model",
      "--repo-type=model",
    ],
    random: own,
  });
  const common = {
    host,
    user: person.account.name,
    process,
    userAgent: "unknown/None; hf_hub/0.29.3; python/3.13.2",
    random: own,
  };
  const announced = overTls(world, {
    ...common,
    time: time + 1_500,
    server: server("huggingface.co"),
    requests: [
      {
        method: "POST",
        path: `/api/models/${world.company.profile.slug}/demand-forecast/preupload/main`,
        sent: 900,
        received: 700,
        type: "application/json",
      },
      {
        method: "POST",
        path: `/${world.company.profile.slug}/demand-forecast.git/info/lfs/objects/batch`,
        sent: 500,
        received: 1_900,
        type: "application/vnd.git-lfs+json",
      },
    ],
  });
  const stored = overTls(world, {
    ...common,
    time: announced + 120,
    server: server("hf-hub-lfs-us-east-1.s3.us-east-1.amazonaws.com"),
    requests: [
      {
        method: "PUT",
        path: `/repos/${own.hex(2)}/${own.hex(2)}/${own.hex(64)}/${own.hex(64)}`,
        sent: own.size(160_000_000, 0.3),
        received: 0,
        type: "application/octet-stream",
      },
    ],
  });
  overTls(world, {
    ...common,
    time: stored + 200,
    server: server("huggingface.co"),
    requests: [
      {
        method: "POST",
        path: `/api/models/${world.company.profile.slug}/demand-forecast/commit/main`,
        sent: 1_300,
        received: 500,
        type: "application/json",
      },
    ],
  });
};
