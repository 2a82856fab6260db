/**
 * Numbers of Windows security events -> OCSF.
 *
 * @see https://learn.microsoft.com/windows/security/threat-protection/auditing/security-auditing-overview
 */

/** Access rights to a file, strongest statement first: mask bit, code in `AccessList`, OCSF activity of File System Activity. */
export const FILE_ACCESS: readonly {
  readonly bits: number;
  readonly codes: readonly string[];
  readonly activityId: number;
}[] = [
  // WriteData, AppendData, GENERIC_WRITE, GENERIC_ALL
  { bits: 0x5000_0006, codes: ["%%4417", "%%4418"], activityId: 3 },
  // ReadData, GENERIC_READ
  { bits: 0x8000_0001, codes: ["%%4416"], activityId: 2 },
  // DELETE, DeleteChild
  { bits: 0x0001_0040, codes: ["%%1537", "%%4422"], activityId: 4 },
  // WRITE_DAC, WRITE_OWNER, ACCESS_SYS_SEC
  { bits: 0x010c_0000, codes: ["%%1539", "%%1540", "%%1542"], activityId: 7 },
  // WriteEA, WriteAttributes
  { bits: 0x0000_0110, codes: ["%%4420", "%%4424"], activityId: 6 },
  // Execute or traverse, GENERIC_EXECUTE
  { bits: 0x2000_0020, codes: ["%%4421"], activityId: 14 },
  // ReadEA, ReadAttributes
  { bits: 0x0000_0088, codes: ["%%4419", "%%4423"], activityId: 8 },
  // READ_CONTROL
  { bits: 0x0002_0000, codes: ["%%1538"], activityId: 9 },
];

/** LogonType -> OCSF logon_type_id, caption, and whether it comes over the network. */
export const LOGON_TYPES: ReadonlyMap<
  string,
  { readonly id: number; readonly caption: string; readonly remote: boolean }
> = new Map([
  ["0", { id: 1, caption: "System", remote: false }],
  ["2", { id: 2, caption: "Interactive", remote: false }],
  ["3", { id: 3, caption: "Network", remote: true }],
  ["4", { id: 4, caption: "Batch", remote: false }],
  ["5", { id: 5, caption: "OS Service", remote: false }],
  ["7", { id: 7, caption: "Unlock", remote: false }],
  ["8", { id: 8, caption: "Network Cleartext", remote: true }],
  ["9", { id: 9, caption: "New Credentials", remote: false }],
  ["10", { id: 10, caption: "Remote Interactive", remote: true }],
  ["11", { id: 11, caption: "Cached Interactive", remote: false }],
  ["12", { id: 12, caption: "Cached Remote Interactive", remote: true }],
  ["13", { id: 13, caption: "Cached Unlock", remote: false }],
]);

/** NTSTATUS of failed logons -> words. */
export const LOGON_FAILURES: ReadonlyMap<string, string> = new Map([
  ["0xc0000064", "user name does not exist"],
  ["0xc000006a", "wrong password"],
  ["0xc000006d", "bad user name or password"],
  ["0xc000006e", "account restriction"],
  ["0xc000006f", "outside permitted hours"],
  ["0xc0000070", "workstation restriction"],
  ["0xc0000071", "password expired"],
  ["0xc0000072", "account disabled"],
  ["0xc00000dc", "domain controller not ready"],
  ["0xc0000133", "clocks too far apart"],
  ["0xc000015b", "logon type not granted"],
  ["0xc000018c", "trust relationship failed"],
  ["0xc0000192", "netlogon not started"],
  ["0xc0000193", "account expired"],
  ["0xc0000224", "password must change"],
  ["0xc0000234", "account locked out"],
  ["0xc0000413", "authentication firewall"],
]);

/** Event id -> activity of Authentication (3002). */
export const AUTHENTICATION: ReadonlyMap<number, number> = new Map([
  [4624, 1],
  [4625, 1],
  [4634, 2],
  [4647, 2],
  [4648, 1],
  [4768, 3],
  [4769, 4],
  [4770, 5],
  [4771, 6],
  [4776, 1],
]);

/** Event id -> activity of Account Change (3001). */
export const ACCOUNT_CHANGE: ReadonlyMap<number, number> = new Map([
  [4720, 1],
  [4722, 2],
  [4723, 3],
  [4724, 4],
  [4725, 5],
  [4726, 6],
  [4738, 99],
  [4740, 9],
  [4767, 12],
  [4781, 99],
]);

/** Event id -> activity of Group Management (3006), for global, local and universal groups. */
export const GROUP_MANAGEMENT: ReadonlyMap<number, number> = new Map([
  [4727, 6],
  [4731, 6],
  [4754, 6],
  [4728, 3],
  [4732, 3],
  [4756, 3],
  [4729, 4],
  [4733, 4],
  [4757, 4],
  [4730, 5],
  [4734, 5],
  [4758, 5],
]);

/** Event id -> activity of Scheduled Job Activity (1006). */
export const SCHEDULED_JOB: ReadonlyMap<number, number> = new Map([
  [4698, 1],
  [4699, 3],
  [4700, 4],
  [4701, 5],
  [4702, 2],
]);

/** Event id -> activity of Network Activity (4001), for the filtering platform. */
export const FILTERING_PLATFORM: ReadonlyMap<number, number> = new Map([
  [5152, 5],
  [5153, 5],
  [5154, 7],
  [5155, 5],
  [5156, 1],
  [5157, 5],
  [5158, 99],
  [5159, 5],
]);

/** Those of them that say that the platform refused: a packet, a connection, a listener, a port. */
export const BLOCKED_CONNECTIONS: ReadonlySet<number> = new Set([5152, 5153, 5155, 5157, 5159]);
