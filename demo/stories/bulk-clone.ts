/** At night, from an address never seen, a data scientist's account makes a new token and clones forty private repositories. */
import { MINUTE, SECOND } from "../clock.ts";
import { signIn } from "../sensors/identity.ts";
import { CLASSIC, githubAudit, type GithubActor } from "../sensors/repository.ts";
import { tokenHash } from "../company.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36";

export const bulkClone: Story = {
  id: "bulk-clone",
  title: "Forty private repositories cloned at night with a new token from a new address",
  behaviours: ["bulk-clone", "first-seen-access", "off-hours-activity"],
  shows: { audit: ["bulk-clone", "first-seen-access", "off-hours-activity"] },
  demoDay: 3,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.developer,
      (candidate) => candidate.team === "data-science",
    );
    const ip = `198.51.100.${random.int(90, 120)}`;
    const place = {
      city: "Bucharest",
      state: "Bucuresti",
      country: "Romania",
      postalCode: "010011",
      latitude: 44.4268,
      longitude: 26.1025,
      provider: "dambovita hosting",
      asNumber: 64_511,
    };
    let time = signIn(world, {
      time: at(world, day, 1.2 + 24),
      person,
      host: null,
      elsewhere: { ip, place, countryCode: "RO", userAgent: MAC },
      applications: ["github"],
      random,
    });
    const web: GithubActor = { login: person.github, ip, country: "RO", userAgent: MAC, credential: null };
    const credential = {
      hash: tokenHash(random),
      id: 455_000_000 + random.int(0, 999_999),
      type: CLASSIC,
      scopes: "repo,read:org",
    };
    time += 2 * MINUTE;
    githubAudit(world, {
      time,
      action: "personal_access_token.create",
      actor: web,
      more: { user: person.github.login, token_scopes: credential.scopes, token_id: credential.id },
      random,
    });
    githubAudit(world, {
      time: time + 20 * SECOND,
      action: "org_credential_authorization.grant",
      actor: web,
      more: {
        user: person.github.login,
        token_id: credential.id,
        token_scopes: credential.scopes,
        credential_type: "Personal Access Token",
      },
      random,
    });
    time += 3 * MINUTE;
    const cloner: GithubActor = { ...web, userAgent: "git/2.39.5 (Apple Git-154)", credential };
    const repositories = random.sample(privateRepositories(world), 40);
    for (const repository of repositories) {
      githubAudit(world, {
        time,
        action: "git.clone",
        actor: cloner,
        repository,
        more: { transport_protocol: 1, transport_protocol_name: "http" },
        random,
      });
      time += random.int(6 * SECOND, 21 * SECOND);
    }
    return {
      actor: [person.email, person.github.login],
      hosts: [],
      addresses: [ip],
      destinations: repositories.map((repository) => `github.com/${world.company.profile.slug}/${repository.name}`),
      bytesOut: null,
    };
  },
};
