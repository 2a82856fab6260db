/** Data goes out beside a repository's history: as a page of its wiki, an LFS object, an image in its registry. */
import { push } from "../actions/git.ts";
import { SECOND } from "../clock.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

type Door = "wiki" | "lfs" | "registry";

const EVASIONS: Readonly<Record<Door, readonly string[]>> = {
  wiki: ["E9"],
  lfs: ["E12"],
  registry: ["E15"],
};

export const sideDoorUpload: Story = {
  id: "side-door-upload",
  title: "Data sent as a wiki page, an LFS object or an image",
  behaviours: ["side-channel-upload"],
  shows: { url: ["side-channel-upload"], endpoint: ["side-channel-upload"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const host = person.workstation;
    const windows = host.os === "windows";
    const door = random.pick<Door>(["wiki", "lfs", "registry"]);
    const owner = `${random.pick(["notes", "lab", "mesh"])}-${random.hex(4)}`;
    const name = "handbook";
    const shell = session(host, person.account, random, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined);
    const time = at(world, day, 10 + random.next() * 7, host.office);
    const bytes = random.size(9_000_000, 0.5);
    const common = { host, user: person.account.name, random };
    const program = (windowsImage: string, linuxImage: string, argv: readonly string[]) =>
      startProcess(world, { time, parent: shell, image: windows ? windowsImage : linuxImage, argv, random });
    switch (door) {
      case "wiki":
        push(world, {
          time,
          shell,
          user: person.account.name,
          remote: { host: "github.com", owner, name: `${name}.wiki`, owned: null },
          transport: "https",
          bytes,
          actor: null,
          arguments: ["push", `https://github.com/${owner}/${name}.wiki.git`, "master"],
          random,
        });
        break;
      case "lfs": {
        const lfs = program("C:\\Program Files\\Git LFS\\git-lfs.exe", "/usr/bin/git-lfs", [
          windows ? "git-lfs.exe" : "git-lfs",
          "push",
          "--all",
          `https://github.com/${owner}/${name}.git`,
        ]);
        const announced = overTls(world, {
          ...common,
          time: time + 100,
          process: lfs,
          server: server("github.com"),
          requests: [
            {
              method: "POST",
              path: `/${owner}/${name}.git/info/lfs/objects/batch`,
              sent: 420,
              received: 2_000,
              type: "application/vnd.git-lfs+json",
            },
          ],
          userAgent: "git-lfs/3.6.1 (GitHub; linux amd64; go 1.23.3)",
        });
        overTls(world, {
          ...common,
          time: announced + SECOND,
          process: lfs,
          server: server("github-cloud.s3.amazonaws.com"),
          requests: [
            {
              method: "PUT",
              path: `/alambic/media/${random.int(1e8, 9e8)}/${random.hex(64)}`,
              sent: bytes,
              received: 0,
            },
          ],
          userAgent: "git-lfs/3.6.1 (GitHub; linux amd64; go 1.23.3)",
        });
        break;
      }
      case "registry": {
        const docker = program("C:\\Program Files\\Docker\\docker.exe", "/usr/bin/docker", [
          windows ? "docker.exe" : "docker",
          "push",
          `ghcr.io/${owner}/${name}:1`,
        ]);
        overTls(world, {
          ...common,
          time: time + 900,
          process: docker,
          server: server("ghcr.io"),
          requests: [
            { method: "POST", path: `/v2/${owner}/${name}/blobs/uploads/`, status: 202, sent: 0, received: 200 },
            {
              method: "PATCH",
              path: `/v2/${owner}/${name}/blobs/upload/${random.uuid()}`,
              status: 202,
              sent: bytes,
              received: 200,
            },
            { method: "PUT", path: `/v2/${owner}/${name}/manifests/1`, status: 201, sent: 900, received: 200 },
          ],
          userAgent: "docker/27.5.1 go/go1.22.11",
        });
      }
    }
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [
        `github.com/${owner}/${name}`,
        `github.com/${owner}/${name}.wiki`,
        `ghcr.io/${owner}/${name}`,
        ...(door === "registry" ? [`github.com/${owner}`] : []),
      ],
      bytesOut: bytes,
      evasions: EVASIONS[door],
    };
  },
};
