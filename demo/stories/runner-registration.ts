/** A server of the company becomes a self-hosted runner of a repository that nobody sanctioned. */
import { SECOND } from "../clock.ts";
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { githubAudit, personAtGithub } from "../sensors/repository.ts";
import { server } from "../servers.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

export const runnerRegistration: Story = {
  id: "runner-registration",
  title: "Developer's machine registered as a runner",
  behaviours: ["runner-registration"],
  shows: {
    url: ["runner-registration"],
    endpoint: ["runner-registration"],
    audit: ["runner-registration"],
  },
  hostOnly: ["url"],
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.team === "engineering" && candidate.workstation.os === "linux",
    );
    const host = person.workstation;
    const repository = random.pick(privateRepositories(world));
    const cwd = `${homeOf(host, person.account)}/.dev-env`;
    const time = at(world, day, 21.3);
    const node = session(host, person.account, random, "/usr/bin/node");
    const shell = startProcess(world, {
      time,
      parent: node,
      image: "/usr/bin/bash",
      argv: [
        "bash",
        "./config.sh",
        "--url",
        `https://github.com/${world.company.profile.slug}/${repository.name}`,
        "--unattended",
        "--token",
        random.alphanumeric(29),
        "--name",
        random.hex(10),
      ],
      cwd,
      random,
    });
    const listener = startProcess(world, {
      time: time + 2 * SECOND,
      parent: shell,
      image: `${cwd}/bin/Runner.Listener`,
      argv: [
        "./bin/Runner.Listener",
        "configure",
        "--url",
        `https://github.com/${world.company.profile.slug}/${repository.name}`,
        "--unattended",
      ],
      cwd,
      random,
    });
    const common = {
      host,
      user: person.account.name,
      process: listener,
      userAgent: "GitHubActionsRunner-linux-x64/2.330.0",
      random,
    };
    overTls(world, {
      ...common,
      time: time + 3 * SECOND,
      server: server("api.github.com"),
      requests: [
        { method: "POST", path: "/actions/runner-registration", sent: 260, received: 1_900, type: "application/json" },
      ],
    });
    overTls(world, {
      ...common,
      time: time + 6 * SECOND,
      server: server("pipelines.actions.githubusercontent.com"),
      requests: [
        {
          method: "POST",
          path: `/${random.alphanumeric(50)}/_apis/distributedtask/pools/1/agents`,
          sent: 1_800,
          received: 2_400,
          type: "application/json",
        },
      ],
    });
    const actor = personAtGithub(world, person, host, "GitHubActionsRunner-linux-x64/2.330.0");
    githubAudit(world, {
      time: time + 4 * SECOND,
      action: "repo.register_self_hosted_runner",
      actor,
      repository,
      random,
    });
    startProcess(world, {
      time: time + 12 * SECOND,
      parent: node,
      image: "/usr/bin/nohup",
      argv: ["nohup", "./run.sh"],
      cwd,
      random,
    });
    return {
      actor: [person.email, person.account.name, person.github.login],
      hosts: [host.name],
      addresses: [host.ip, actor.ip],
      destinations: [`github.com/${world.company.profile.slug}/${repository.name}`],
      bytesOut: null,
    };
  },
};
