/**
 * The columns of Cisco Umbrella's and Secure Access's log files by kind of log, in order. Later versions of the schema append
 * columns and never move any, so a shorter line is an older one.
 *
 * @see https://docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning
 */

export type UmbrellaKind = "dns" | "proxy" | "firewall" | "ip" | "intrusion" | "dlp";

/** Names in lower case without blanks: those of the JSON forms come to the same. */
export const UMBRELLA_COLUMNS: Readonly<Record<UmbrellaKind, readonly string[]>> = {
  dns: (
    "timestamp identity identities internalip externalip action querytype responsecode domain categories " +
    "identitytype identitytypes blockedcategories ruleid destinationcountries organizationid"
  ).split(" "),
  proxy: (
    "timestamp identity internalip externalip destinationip contenttype action url referer useragent statuscode " +
    "requestsize responsesize responsebodysize sha256 categories avdetections puas ampdisposition ampmalwarename " +
    "ampscore identitytype blockedcategories identities identitytypes requestmethod dlpstatus certificateerrors " +
    "filename rulesetid ruleid destinationlistids isolateaction fileaction warnstatus forwardingmethod producer " +
    "msporganizationid destinationcountries applicationids proxyhost datacenter egress servername timebasedrule " +
    "securityoverridden detectedfiletype warncategories organizationid"
  ).split(" "),
  firewall: (
    "timestamp originids identities identitytypes direction protocol packetsize sourceip sourceport destinationip " +
    "destinationport datacenter ruleid action fqdns destinationlistids firstpacket lastpacket packetssent " +
    "packetsreceived bytessent bytesreceived eventid destinationcountries applicationids"
  ).split(" "),
  ip: "timestamp identity sourceip sourceport destinationip destinationport categories identitytype identitytypes".split(
    " ",
  ),
  intrusion: (
    "timestamp identities identitytypes gid sid message signaturelistid severity classification cves protocol " +
    "sessionid sourceip sourceport destinationip destinationport action"
  ).split(" "),
  dlp: (
    "timestamp detectiontype id severity identity owner filename application url action rulename classification " +
    "classifier contenttype filesize sha256 label applicationcategory trafficdirection privateresource " +
    "privateresourcegroup destinationprotocol destinationip destinationport organizationid"
  ).split(" "),
};

/** Names that other forms (Panther, Log Analytics, the reporting API) give to the same. */
export const UMBRELLA_SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["policyidentity", "identity"],
  ["mostgranularidentity", "identity"],
  ["policyidentitylabel", "identity"],
  ["policyidentitytype", "identitytype"],
  ["mostgranularidentitytype", "identitytype"],
  ["internalclientip", "internalip"],
  ["externalclientip", "externalip"],
  ["verdict", "action"],
  ["returncode", "responsecode"],
  ["referrer", "referer"],
  ["sha—sha256", "sha256"],
  ["identitiestypes", "identitytypes"],
  ["srcip", "sourceip"],
  ["srcport", "sourceport"],
  ["dstip", "destinationip"],
  ["dstport", "destinationport"],
]);
