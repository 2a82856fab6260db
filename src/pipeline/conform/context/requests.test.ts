/** URLs, tunnels, server names, lookups and addresses -> destination, as maps write them. */
import { describe, expect, test } from "vitest";
import { loadCatalogue } from "../../../content/load-catalogue.ts";
import type { DestinationContext, OcsfEvent } from "../../../model/activity.ts";
import { splitUrl } from "../url.ts";
import { createContextBuilder } from "./index.ts";

const catalogue = loadCatalogue();
const context = createContextBuilder(catalogue, {
  sanctioned: {
    repositories: [
      "github.com/acme/*",
      "gitlab.acme.example/*",
      "gist.github.com/alice-acme",
      "forge.acme.example/core/*",
    ],
  },
  RepoDomainList: ["github.com", "gitlab.acme.example", "bitbucket.org"],
  MonitoredDomains: ["partner.example"],
});

function find(fields: object): DestinationContext | null {
  return context({
    class_uid: 4001,
    activity_id: 6,
    time: 0,
    metadata: { product: { name: "Test" } },
    ...fields,
  } as unknown as OcsfEvent).destination;
}

function http(method: string, text: string, more: object = {}): DestinationContext | null {
  return find({ class_uid: 4002, http_request: { http_method: method, url: splitUrl(text), ...more } });
}

/** name, endpoint, operation, verdict */
function told(destination: DestinationContext | null): string | null {
  return destination === null
    ? null
    : `${destination.name} ${destination.endpoint} ${destination.operation} ${destination.verdict}`;
}

describe("requests", () => {
  test.each([
    // git over HTTP
    [
      "GET",
      "https://github.com/acme/tools.git/info/refs?service=git-receive-pack",
      "github.com/acme/tools git push sanctioned",
    ],
    ["POST", "https://github.com/al1ce/notes.git/git-receive-pack", "github.com/al1ce/notes git push unsanctioned"],
    ["POST", "https://github.com/al1ce/notes/git-receive-pack", "github.com/al1ce/notes git push unsanctioned"],
    [
      "GET",
      "https://github.com/al1ce/notes/info/refs?service=git-upload-pack",
      "github.com/al1ce/notes git fetch unsanctioned",
    ],
    ["GET", "https://github.com/al1ce/notes.git/info/refs", "github.com/al1ce/notes git fetch unsanctioned"],
    [
      "POST",
      "https://github.com/AL1CE/Notes.wiki.git/git-receive-pack",
      "github.com/al1ce/notes git push unsanctioned",
    ],
    [
      "POST",
      "https://user:token@github.com:443/al1ce/notes.git/git-receive-pack",
      "github.com/al1ce/notes git push unsanctioned",
    ],
    ["POST", "https://GITHUB.com./al1ce/notes.git/git-receive-pack", "github.com/al1ce/notes git push unsanctioned"],
    ["POST", "https://github.com//al1ce///notes.git/git-receive-pack", "github.com/al1ce/notes git push unsanctioned"],
    [
      "POST",
      "https://github.com/acme/../al1ce/notes.git/git-receive-pack",
      "github.com/al1ce/notes git push unsanctioned",
    ],
    [
      "POST",
      "https://github.com/acme/%2e%2e/al1ce/notes.git/git-receive-pack",
      "github.com/al1ce/notes git push unsanctioned",
    ],
    ["POST", "https://github.com/%61l1ce/notes.git/git-receive-pack", "github.com/al1ce/notes git push unsanctioned"],
    ["POST", "https://github.com/al1ce/notes.git/git-receive-pack/", "github.com/al1ce/notes git push unsanctioned"],
    // LFS
    [
      "POST",
      "https://github.com/al1ce/notes.git/info/lfs/objects/batch",
      "github.com/al1ce/notes lfs unknown unsanctioned",
    ],
    ["POST", "https://github.com/al1ce/notes.git/info/lfs/verify", "github.com/al1ce/notes lfs upload unsanctioned"],
    [
      "PUT",
      "https://codeberg.org/al1ce/notes.git/info/lfs/objects/aa/12",
      "codeberg.org/al1ce/notes lfs upload unsanctioned",
    ],
    ["PUT", "https://github-cloud.s3.amazonaws.com/alambic/media/1/aa", "github.com lfs upload unknown"],
    // API
    [
      "PUT",
      "https://api.github.com/repos/al1ce/notes/contents/a.zip",
      "github.com/al1ce/notes api upload unsanctioned",
    ],
    ["GET", "https://api.github.com/repos/al1ce/notes/contents/a.zip", "github.com/al1ce/notes api read unsanctioned"],
    [
      "DELETE",
      "https://api.github.com/repos/al1ce/notes/contents/a.zip",
      "github.com/al1ce/notes api delete unsanctioned",
    ],
    ["POST", "https://api.github.com/repos/al1ce/notes/git/blobs", "github.com/al1ce/notes api upload unsanctioned"],
    ["POST", "https://api.github.com/repos/al1ce/notes/git/trees", "github.com/al1ce/notes api upload unsanctioned"],
    [
      "PATCH",
      "https://api.github.com/repos/al1ce/notes/git/refs/heads/main",
      "github.com/al1ce/notes api upload unsanctioned",
    ],
    ["POST", "https://api.github.com/repos/al1ce/notes/issues", "github.com/al1ce/notes api change unsanctioned"],
    ["POST", "https://api.github.com/repos/acme/tools/forks", "github.com/acme/tools api create sanctioned"],
    ["PATCH", "https://api.github.com/repos/acme/tools", "github.com/acme/tools api change sanctioned"],
    ["POST", "https://api.github.com/user/repos", "github.com api create unknown"],
    ["POST", "https://api.github.com/orgs/acme/repos", "github.com/acme api create sanctioned"],
    ["POST", "https://api.github.com/orgs/evil/repos", "github.com/evil api create unsanctioned"],
    ["POST", "https://api.github.com/graphql", "github.com api unknown unknown"],
    ["GET", "https://api.github.com/user", "github.com api read unknown"],
    ["GET", "https://api.github.com/repos/acme/tools/tarball/main", "github.com/acme/tools api fetch sanctioned"],
    ["GET", "https://api.github.com/repositories/42/contents", "github.com api read unknown"],
    [
      "POST",
      "https://uploads.github.com/repos/al1ce/notes/releases/1/assets?name=a.zip",
      "github.com/al1ce/notes upload upload unsanctioned",
    ],
    ["POST", "https://github.com/upload/policies/assets", "github.com web upload unknown"],
    ["POST", "https://github.com/repositories", "github.com web create unknown"],
    // gists and snippets
    ["POST", "https://api.github.com/gists", "gist.github.com gist upload unknown"],
    [
      "PATCH",
      "https://api.github.com/gists/aa5a315d61ae9438b18d",
      "gist.github.com/aa5a315d61ae9438b18d gist upload unsanctioned",
    ],
    [
      "GET",
      "https://gist.github.com/alice-acme/aa5a315d61ae9438b18d",
      "gist.github.com/alice-acme gist read sanctioned",
    ],
    ["GET", "https://gist.github.com/mallory", "gist.github.com/mallory gist read unsanctioned"],
    [
      "POST",
      "https://gist.github.com/aa5a315d61ae9438b18d.git/git-receive-pack",
      "gist.github.com/aa5a315d61ae9438b18d git push unsanctioned",
    ],
    [
      "GET",
      "https://gist.githubusercontent.com/mallory/aa5a315d61ae9438b18d/raw/f",
      "gist.github.com/mallory gist read unsanctioned",
    ],
    ["POST", "https://gitlab.com/api/v4/snippets", "gitlab.com/-/snippets gist upload unsanctioned"],
    ["GET", "https://gitlab.com/-/snippets/77/raw", "gitlab.com/-/snippets/77 gist read unsanctioned"],
    ["GET", "https://gitlab.com/group/tools/-/snippets/77", "gitlab.com/group/tools gist read unsanctioned"],
    [
      "POST",
      "https://gitlab.com/api/v4/projects/group%2Ftools/snippets",
      "gitlab.com/group/tools gist upload unsanctioned",
    ],
    // web
    ["GET", "https://github.com/", "github.com web read unknown"],
    ["GET", "https://github.com/login", "github.com web read unknown"],
    ["GET", "https://github.com/settings/tokens", "github.com web read unknown"],
    ["GET", "https://github.com/acme", "github.com/acme web read sanctioned"],
    ["GET", "https://github.com/orgs/evil/repositories", "github.com/evil web read unsanctioned"],
    [
      "GET",
      "https://github.com/facebook/react/archive/refs/heads/main.zip",
      "github.com/facebook/react web fetch unsanctioned",
    ],
    ["GET", "https://codeload.github.com/acme/tools/tar.gz/main", "github.com/acme/tools raw fetch sanctioned"],
    ["GET", "https://raw.githubusercontent.com/acme/tools/main/a", "github.com/acme/tools raw read sanctioned"],
    [
      "GET",
      "https://objects.githubusercontent.com/github-production-release-asset-2e65be/1/x",
      "github.com lfs fetch unknown",
    ],
    ["GET", "https://alice.github.io/page/", "github.com web read unknown"],
    // other hosts
    [
      "POST",
      "https://gitlab.acme.example/team/sub/app.git/git-receive-pack",
      "gitlab.acme.example/team/sub/app git push sanctioned",
    ],
    [
      "PUT",
      "https://gitlab.acme.example/api/v4/projects/12/repository/files/a",
      "gitlab.acme.example api upload sanctioned",
    ],
    ["POST", "https://gitlab.com/team/app.git/git-receive-pack", "gitlab.com/team/app git push unsanctioned"],
    [
      "POST",
      "https://gitlab.com/api/v4/projects/team%2Fapp/repository/commits",
      "gitlab.com/team/app api upload unsanctioned",
    ],
    ["POST", "https://gitlab.com/api/v4/projects", "gitlab.com api create unsanctioned"],
    ["GET", "https://bitbucket.org/", "bitbucket.org web read unknown"],
    [
      "POST",
      "https://api.bitbucket.org/2.0/repositories/mallory/dump/src",
      "bitbucket.org/mallory/dump api upload unsanctioned",
    ],
    [
      "POST",
      "https://dev.azure.com/org/proj/_git/repo/git-receive-pack",
      "dev.azure.com/org/proj/repo git push unsanctioned",
    ],
    [
      "POST",
      "https://org.visualstudio.com/proj/_git/repo/git-receive-pack",
      "dev.azure.com/org/proj/repo git push unsanctioned",
    ],
    [
      "POST",
      "https://huggingface.co/api/datasets/mallory/dump/commit/main",
      "huggingface.co/datasets/mallory/dump api upload unsanctioned",
    ],
    [
      "GET",
      "https://huggingface.co/datasets/mallory/dump",
      "huggingface.co/datasets/mallory/dump web read unsanctioned",
    ],
    [
      "POST",
      "https://forge.acme.example/core/app.git/git-receive-pack",
      "forge.acme.example/core/app git push sanctioned",
    ],
    [
      "POST",
      "https://forge.acme.example/private/app.git/git-receive-pack",
      "forge.acme.example/private/app git push unsanctioned",
    ],
    ["POST", "https://git.partner.example/x/y.git/git-receive-pack", "git.partner.example/x/y git push unsanctioned"],
    [
      "PUT",
      "https://registry.npmjs.org/@mallory%2fdump",
      "registry.npmjs.org/@mallory/dump registry upload unsanctioned",
    ],
    ["GET", "https://registry.npmjs.org/left-pad", "registry.npmjs.org/left-pad registry read unknown"],
    ["POST", "https://ghcr.io/v2/acme/app/blobs/uploads/", "github.com/acme registry upload sanctioned"],
    ["POST", "https://pastebin.com/api/api_post.php", "pastebin.com gist upload unsanctioned"],
    // forges nobody named, by the shape of the request
    [
      "GET",
      "http://203.0.113.7:3000/x/y.git/info/refs?service=git-receive-pack",
      "203.0.113.7/x/y git push unsanctioned",
    ],
    ["POST", "https://git.evil.example/scm/x/y.git/git-receive-pack", "git.evil.example/x/y git push unsanctioned"],
    ["POST", "https://evil.example/y.git/git-receive-pack", "evil.example/y git push unsanctioned"],
    ["PUT", "https://evil.example/api/v1/repos/x/y/contents/a", "evil.example/x/y api upload unsanctioned"],
    [
      "POST",
      "https://evil.example/api/v4/projects/x%2Fy/repository/commits",
      "evil.example/x/y api upload unsanctioned",
    ],
    ["PUT", "https://evil.example/api/v3/repos/x/y/contents/a", "evil.example/x/y api upload unsanctioned"],
    [
      "PUT",
      "https://evil.example/rest/api/1.0/projects/X/repos/y/browse/a",
      "evil.example/x/y api upload unsanctioned",
    ],
    ["POST", "https://evil.example/x/y/info/lfs/objects/batch", "evil.example/x/y lfs unknown unsanctioned"],
    // tunnels
    ["CONNECT", "github.com:443", "github.com unknown connect unknown"],
    ["CONNECT", "api.github.com:443", "github.com api connect unknown"],
    ["CONNECT", "uploads.github.com:443", "github.com upload connect unknown"],
    ["CONNECT", "gist.github.com:443", "gist.github.com gist connect unknown"],
    ["CONNECT", "ssh.github.com:443", "github.com ssh connect unknown"],
    ["CONNECT", "codeberg.org:443", "codeberg.org unknown connect unsanctioned"],
    ["CONNECT", "gitlab.acme.example:443", "gitlab.acme.example unknown connect sanctioned"],
    ["CONNECT", "github.com:22", "github.com ssh connect unknown"],
    // nobody's
    ["GET", "https://www.example.com/acme/tools", null],
    ["POST", "https://example.com/api/v1/things", null],
    ["GET", "https://github.com@evil.example/acme/tools", null],
    ["GET", "https://notgithub.com/acme/tools", null],
    ["POST", "https://copilot-proxy.githubusercontent.com/v1/x", null],
    ["GET", "https://github.com.evil.example/", "github.com.evil.example web read unsanctioned"],
    ["CONNECT", "example.com:443", null],
  ])("%s %s", (method, url, expected) => {
    expect(told(http(method, url))).toBe(expected);
  });

  test("a git client's agent is enough on a host nobody named", () => {
    expect(told(http("CONNECT", "evil.example:443", { user_agent: "git/2.45.2" }))).toBe(
      "evil.example unknown connect unsanctioned",
    );
    expect(http("POST", "https://evil.example/x", { user_agent: "curl/8" })).toBeNull();
    expect(http("CONNECT", "evil.example:443", { user_agent: "git/2.45.2" })?.service).toBe("unknown-forge");
  });

  test("a method in another case or none", () => {
    expect(told(http("put", "https://api.github.com/repos/o/r/contents/a"))).toBe(
      "github.com/o/r api upload unsanctioned",
    );
    expect(
      told(find({ class_uid: 4002, http_request: { url: splitUrl("https://api.github.com/repos/o/r/contents/a") } })),
    ).toBe("github.com/o/r api unknown unsanctioned");
  });
});

describe("how it was seen", () => {
  test.each([
    ["url", http("GET", "https://github.com/acme/tools")],
    ["hostname", http("CONNECT", "github.com:443")],
    ["sni", find({ tls: { sni: "api.github.com" }, dst_endpoint: { ip: "140.82.112.5", port: 443 } })],
    ["hostname", find({ dst_endpoint: { hostname: "GitHub.com.", port: 443 } })],
    ["dns", find({ class_uid: 4003, query: { hostname: "api.github.com" }, dst_endpoint: { ip: "10.0.0.53" } })],
    ["address", find({ dst_endpoint: { ip: "140.82.121.4", port: 22 } })],
  ] as const)("%s", (seenBy, destination) => {
    expect(destination?.seen_by).toBe(seenBy);
    expect(destination?.host).toBe("github.com");
  });

  test.each([
    [{ tls: { sni: "github.com" } }, "github.com unknown connect unknown"],
    [{ tls: { sni: "huggingface.co" } }, "huggingface.co unknown connect unsanctioned"],
    [{ tls: { sni: "raw.githubusercontent.com" } }, "github.com raw connect unknown"],
    [{ class_uid: 4003, query: { hostname: "gist.github.com" } }, "gist.github.com gist resolve unknown"],
    [{ class_uid: 4003, query: { hostname: "www.example.com" }, dst_endpoint: { hostname: "github.com" } }, null],
    [{ dst_endpoint: { ip: "140.82.121.4", port: 22 } }, "github.com ssh connect unknown"],
    [{ dst_endpoint: { ip: "192.30.252.1", port: 443 } }, "github.com unknown connect unknown"],
    [{ dst_endpoint: { ip: "20.205.243.160", port: 443 } }, "github.com ssh connect unknown"],
    [{ dst_endpoint: { ip: "172.65.251.78", port: 443 } }, "gitlab.com unknown connect unsanctioned"],
    [
      { dst_endpoint: { ip: "2606:4700:0090:0000:f22e:fbec:5bed:a9b9", port: 443 } },
      "gitlab.com unknown connect unsanctioned",
    ],
    [{ dst_endpoint: { ip: "::ffff:140.82.112.3", port: 443 } }, "github.com unknown connect unknown"],
    [{ dst_endpoint: { ip: "140.82.96.1", port: 443 } }, null],
    [{ dst_endpoint: { ip: "140.82.121.4", port: 443 }, tls: { sni: "www.example.com" } }, null],
    [
      { dst_endpoint: { ip: "140.82.121.4", hostname: "140.82.121.4", port: 443 } },
      "github.com unknown connect unknown",
    ],
    [{ dst_endpoint: { ip: "not an address", port: 443 } }, null],
    [{ dst_endpoint: { ip: "140.82.121.4" }, connection_info: { direction_id: 1 } }, null],
    [{ dst_endpoint: { hostname: "acme.ghe.com", port: 443 } }, "acme.ghe.com unknown connect unsanctioned"],
    [{ dst_endpoint: { domain: "api.acme.ghe.com" } }, "acme.ghe.com api connect unsanctioned"],
    [{ dst_endpoint: { hostname: "registry.gitlab.acme.example" } }, "gitlab.acme.example registry connect sanctioned"],
  ])("%j", (fields, expected) => {
    expect(told(find(fields))).toBe(expected);
  });
});

describe("names that imitate", () => {
  test.each([
    ["https://githib.com/acme/tools", "github.com"],
    ["https://gitbub.com/x/y", "github.com"],
    ["https://g1thub.com/x/y", "github.com"],
    ["https://api.githib.com/x", "github.com"],
    ["https://github.com.login.example/x", "github.com"],
    ["https://gitlab.acrne.example/x/y", "gitlab.acme.example"],
    ["https://gitlab.acne.example/x/y", "gitlab.acme.example"],
    ["https://xn--thub-0ra.example/x", null],
    ["https://gіthub.com/x/y", "github.com"],
    ["https://github.com/acrne/tools", "github.com/acme"],
    ["https://github.com/acmee/tools", "github.com/acme"],
    ["https://github.com/acne/tools", "github.com/acme"],
    ["https://github.com/acme/tools", null],
    ["https://github.com/acme-labs/tools", null],
    ["https://github.com/al1ce/tools", null],
    ["https://gitlab.com/acne/tools", null],
    ["https://gitea.com/x/y", null],
    ["https://gitlab2.acme.example/x/y", null],
  ])("%s imitates %s", (url, expected) => {
    expect(http("GET", url)?.look_alike_of ?? null).toBe(expected);
  });

  test("such a host is unsanctioned", () => {
    expect(http("GET", "https://githib.com/acme/tools")).toMatchObject({
      verdict: "unsanctioned",
      service: "look-alike",
    });
    expect(find({ class_uid: 4003, query: { hostname: "githib.com" } })).toMatchObject({
      operation: "resolve",
      look_alike_of: "github.com",
    });
  });
});

test("payloads in object storage are told, not taken for a code host", () => {
  const event = {
    class_uid: 4002,
    activity_id: 7,
    time: 0,
    metadata: { product: { name: "Test" } },
    http_request: { http_method: "PUT", url: splitUrl("https://bucket.s3.eu-west-1.amazonaws.com/key") },
  };
  expect(context(event as unknown as OcsfEvent)).toMatchObject({ destination: null, object_storage: "aws-s3" });
});

test("without a policy everything is unknown", () => {
  const silent = createContextBuilder(catalogue, null);
  for (const url of [
    "https://github.com/al1ce/notes.git/git-receive-pack",
    "https://githib.com/x.git/git-receive-pack",
    "https://evil.example/x/y.git/git-receive-pack",
  ]) {
    const event = {
      class_uid: 4002,
      activity_id: 6,
      time: 0,
      metadata: { product: { name: "Test" } },
      http_request: { http_method: "POST", url: splitUrl(url) },
    };
    expect(silent(event as unknown as OcsfEvent).destination).toMatchObject({
      verdict: "unknown",
      look_alike_of: null,
    });
  }
});

test("gists need a name of their own", () => {
  const upload = {
    class_uid: 4002,
    activity_id: 6,
    time: 0,
    metadata: { product: { name: "Test" } },
    http_request: { http_method: "POST", url: splitUrl("https://api.github.com/gists") },
  };
  const strict = createContextBuilder(catalogue, {
    sanctioned: { repositories: ["github.com/acme/*"] },
    RepoDomainList: ["github.com"],
  });
  expect(strict(upload as unknown as OcsfEvent).destination).toMatchObject({
    name: "gist.github.com",
    verdict: "unsanctioned",
  });
});

test("RepoDomainList alone judges hosts, not repositories", () => {
  const domains = createContextBuilder(catalogue, { RepoDomainList: ["github.com"] });
  const verdict = (url: string): string | undefined =>
    domains({
      class_uid: 4002,
      activity_id: 6,
      time: 0,
      metadata: { product: { name: "Test" } },
      http_request: { http_method: "POST", url: splitUrl(url) },
    } as unknown as OcsfEvent).destination?.verdict;
  expect(verdict("https://github.com/al1ce/notes.git/git-receive-pack")).toBe("unknown");
  expect(verdict("https://codeberg.org/al1ce/notes.git/git-receive-pack")).toBe("unsanctioned");
  expect(verdict("https://registry.npmjs.org/x")).toBe("unknown");
});
