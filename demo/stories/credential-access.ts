/**
 * A package's postinstall script on a developer's Linux machine asks for tokens, scans the home folder for secrets, reads
 * the stored git credentials and uploads what it found through the API.
 */
import { SECOND } from "../clock.ts";
import { homeOf, readFile, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const credentialAccess: Story = {
  id: "credential-access",
  title: "Package script collects tokens and uploads them",
  behaviours: ["credential-access", "supply-chain-ancestry", "api-upload", "create-repository-then-write"],
  shows: {
    url: ["api-upload", "create-repository-then-write"],
    endpoint: ["credential-access", "supply-chain-ancestry"],
  },
  nowhere: ["endpoint"],
  demoDay: 1,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.developer && candidate.workstation.os === "linux",
      (candidate) => candidate.workstation.egress === "inspected",
    );
    const host = person.workstation;
    const home = homeOf(host, person.account);
    const cwd = `${home}/src/checkout-web`;
    let time = at(world, day, 10.7);
    const shell = session(host, person.account, random);
    const npm = startProcess(world, {
      time,
      parent: shell,
      image: "/usr/bin/node",
      argv: ["npm", "install", "@invoice-kit/format"],
      cwd,
      random,
    });
    overTls(world, {
      time: time + 300,
      host,
      user: person.account.name,
      process: npm,
      server: server("registry.npmjs.org"),
      requests: [
        {
          method: "GET",
          path: "/@invoice-kit/format/-/format-2.4.1.tgz",
          received: 4_900_000,
          type: "application/octet-stream",
        },
      ],
      userAgent: "npm/10.9.2 node/v22.14.0 linux x64 workspaces/false",
      random,
    });
    time += 6 * SECOND;
    const script = startProcess(world, {
      time,
      parent: npm,
      image: "/usr/bin/dash",
      argv: ["sh", "-c", "node ./scripts/postinstall.js"],
      cwd: `${cwd}/node_modules/@invoice-kit/format`,
      random,
    });
    const node = startProcess(world, {
      time: time + 60,
      parent: script,
      image: "/usr/bin/node",
      argv: ["node", "./scripts/postinstall.js"],
      random,
    });
    startProcess(world, {
      time: time + 2 * SECOND,
      parent: node,
      image: "/usr/bin/gh",
      argv: ["gh", "auth", "token"],
      random,
    });
    readFile(world, time + 3 * SECOND, node, `${home}/.git-credentials`);
    readFile(world, time + 3_200, node, `${home}/.npmrc`);
    readFile(world, time + 3_400, node, `${home}/.config/gh/hosts.yml`);
    startProcess(world, {
      time: time + 5 * SECOND,
      parent: node,
      image: "/tmp/.t/trufflehog",
      argv: ["/tmp/.t/trufflehog", "filesystem", home, "--json", "--no-update"],
      random,
    });
    time += 58 * SECOND;
    const login = person.github.login;
    const repository = `${random.hex(6)}-results`;
    const sent = random.int(38_000, 96_000);
    overTls(world, {
      time,
      host,
      user: person.account.name,
      process: node,
      server: server("api.github.com"),
      requests: [
        { method: "GET", path: "/user", received: 1_400, type: "application/json" },
        {
          method: "POST",
          path: "/user/repos",
          status: 201,
          sent: 210,
          received: 5_600,
          type: "application/json",
          after: 700,
        },
        {
          method: "PUT",
          path: `/repos/${login}/${repository}/contents/results.b64`,
          status: 201,
          sent,
          received: 1_700,
          type: "application/json",
          after: 3_000,
        },
      ],
      userAgent: "octokit-rest.js/21.1.1 octokit-core.js/6.1.4 Node.js/22",
      random,
    });
    return {
      actor: [person.email, person.account.name, login],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${login}/${repository}`],
      bytesOut: sent + 210,
    };
  },
};
