/**
 * What a reader other than the maps finds in the samples: the fields named by the results that are published beside them
 * (column `has_expected` of the manifest), or read off the line by hand, under the OCSF attribute that holds them. Times are ms
 * since 1970 UTC.
 */
export interface Reference {
  /** Path below ../shared/logs. */
  readonly path: string;
  /** The event's place among those the sample becomes, counted from 0. */
  readonly event: number;
  readonly fields: Readonly<Record<string, string | number>>;
}

const at = (iso: string): number => Date.parse(iso);

export const REFERENCES: readonly Reference[] = [
  ...[
    ["2022-03-01T12:57:58Z", "1.1.1.1", "test"],
    ["2022-03-01T12:57:59Z", "1.1.1.1", "test@example.com"],
    ["2023-05-12T12:17:34Z", "1234::5678", "test"],
    ["2023-05-12T12:17:35Z", "1234::5678", "test@example.com"],
    ["2023-10-05T16:48:46Z", "1.1.1.1", "toto"],
  ].map(([time, ip, user], event) => ({
    path: "gitea/log/crowdsec_gitea-logs.log",
    event,
    fields: { time: at(time!), "src_endpoint.ip": ip!, "user.name": user! },
  })),
  {
    path: "technitium/dns/crowdsec_technitium-logs.log",
    event: 0,
    fields: {
      time: at("2025-07-28T05:34:01Z"),
      "src_endpoint.ip": "169.254.44.3",
      "src_endpoint.port": 50051,
      "user.name": "admin",
    },
  },
  {
    path: "traefik/access/crowdsec_traefik_json.log",
    event: 0,
    fields: {
      "src_endpoint.ip": "172.17.0.1",
      "http_request.http_method": "GET",
      "http_request.url.hostname": "test.docker.localhost",
      "http_request.url.path": "/594VAEoi.save",
      "http_request.user_agent": "Nikto",
      "http_response.code": 200,
    },
  },
  ...["192.168.1.1", "192.168.1.1", "192.168.1.2"].map((ip, event) => ({
    path: "unifi/syslog/crowdsec_unifi-logs.log",
    event,
    fields: {
      "src_endpoint.ip": ip,
      "src_endpoint.port": 38451,
      "dst_endpoint.ip": "192.168.1.25",
      "dst_endpoint.port": 54329,
      "connection_info.protocol_name": "udp",
      action: event === 2 ? "Allowed" : "Denied",
    },
  })),
  {
    path: "unifi/syslog/crowdsec_unifi-logs.log",
    event: 3,
    fields: { "src_endpoint.ip": "192.168.1.2", "user.name": "asdasf", "dst_endpoint.hostname": "Dream-Machine-Pro" },
  },
  {
    path: "paloalto/threat/crowdsec_palo-alto-threat.log",
    event: 0,
    fields: {
      "src_endpoint.ip": "1.2.3.2",
      "src_endpoint.port": 47094,
      "dst_endpoint.ip": "1.2.3.3",
      "dst_endpoint.port": 22,
      "connection_info.protocol_name": "tcp",
      "connection_info.uid": "238810",
      "firewall_rule.name": "TestruleName0",
      app_name: "ssh",
    },
  },
  {
    path: "paloalto/threat/crowdsec_palo-alto-threat.log",
    event: 1,
    fields: {
      "src_endpoint.ip": "1.2.3.6",
      "src_endpoint.port": 32362,
      "dst_endpoint.ip": "1.2.3.7",
      "dst_endpoint.port": 80,
      "firewall_rule.name": "Test Rule Name",
      app_name: "web-browsing",
    },
  },
  {
    path: "adguardhome/log/crowdsec_adguardhome-logs.log",
    event: 0,
    fields: { time: at("2023-02-21T08:05:56.233Z"), "src_endpoint.ip": "192.168.1.2", status: "Failure" },
  },
  {
    path: "adguardhome/log/crowdsec_adguardhome-logs.log",
    event: 1,
    fields: { "src_endpoint.ip": "192.168.1.3", status: "Failure" },
  },
  {
    path: "adguardhome/log/crowdsec_adguardhome-logs.log",
    event: 2,
    fields: { "src_endpoint.ip": "192.168.1.2", "user.name": "realuser", status: "Success" },
  },
  ...[
    [56296, "vagrant"],
    [56302, "vagrant"],
    [45652, "vagrant"],
    [43124, "test"],
  ].map(([port, user], event) => ({
    path: "linux/sshd/crowdsec_sshd-success-logs.log",
    event,
    fields: {
      "src_endpoint.ip": "192.168.121.1",
      "src_endpoint.port": port!,
      "user.name": user!,
      "device.hostname": "bullseye",
      status: "Success",
    },
  })),
  {
    path: "linux/syslog/crowdsec_syslog-logs.log",
    event: 0,
    fields: { "src_endpoint.ip": "35.188.49.176", "src_endpoint.port": 53502, "user.name": "pascal", status: "Failure" },
  },
  {
    path: "nginx/access/crowdsec_nginx_http-logs.log",
    event: 1,
    fields: {
      time: at("2020-01-04T08:41:43Z"),
      "src_endpoint.ip": "192.168.1.1",
      "http_request.http_method": "GET",
      "http_request.url.path": "/index.php/nous-contacter/",
      "http_response.code": 500,
    },
  },
  {
    path: "nginx/access/crowdsec_nginx_http-logs.log",
    event: 3,
    fields: {
      "http_request.url.hostname": "www.crowdsec.net",
      "http_request.url.path": "/solr/admin/info/system",
      "http_request.url.query_string": "wt=json",
    },
  },
  {
    path: "linux/iptables/crowdsec_iptables-logs.log",
    event: 0,
    fields: {
      "src_endpoint.ip": "195.54.160.107",
      "src_endpoint.port": 8080,
      "dst_endpoint.ip": "51.15.166.67",
      "dst_endpoint.port": 8123,
      "connection_info.protocol_name": "tcp",
    },
  },
  {
    path: "linux/iptables/crowdsec_iptables-logs.log",
    event: 3,
    fields: { "src_endpoint.ip": "127.0.0.1", "dst_endpoint.ip": "127.0.0.53", "dst_endpoint.port": 53, action: "Denied" },
  },
  {
    path: "linux/auditd/crowdsec_auditd-postexploit-exec-from-net.log",
    event: 0,
    fields: {
      time: at("2023-05-17T13:45:27.039Z"),
      "process.pid": 27280,
      "process.parent_process.pid": 26843,
      "process.file.path": "/usr/bin/wget",
      "actor.user.uid": "1000",
    },
  },
  {
    path: "linux/laurel/crowdsec_laurel-base64-exec.log",
    event: 0,
    fields: {
      time: at("2023-06-29T15:28:45.815Z"),
      "process.pid": 13390,
      "process.file.path": "/usr/bin/base64",
      "actor.user.name": "vagrant",
    },
  },
  {
    path: "pf/filterlog/crowdsec_pf-logs.log",
    event: 3,
    fields: {
      time: at("2022-09-06T16:37:34Z"),
      "src_endpoint.ip": "212.102.36.22",
      "src_endpoint.port": 49838,
      "dst_endpoint.ip": "37.120.48.198",
      "dst_endpoint.port": 52938,
      "connection_info.protocol_name": "udp",
      action: "Denied",
    },
  },
  {
    path: "pf/filterlog/crowdsec_pfsense-rfc5424-filterlog.log",
    event: 2,
    fields: {
      "src_endpoint.ip": "fdfd:ace:ace:10:d8:cdbf:f6f8:6d69",
      "dst_endpoint.ip": "fdfd:ace:ace:5::6",
      "dst_endpoint.port": 443,
      action: "Denied",
    },
  },
  {
    path: "pf/gui/crowdsec_pfsense-gui-auth.log",
    event: 0,
    fields: { "src_endpoint.ip": "10.0.0.1", "user.name": "toto", status: "Failure" },
  },
  {
    path: "teleport/audit/crowdsec_teleport-logs.log",
    event: 0,
    fields: { time: at("2023-09-05T07:16:25.133Z"), "user.name": "Bekekrb", status: "Failure" },
  },
  {
    path: "cef/generic/crowdsec_cef-logs.log",
    event: 3,
    fields: {
      "src_endpoint.ip": "192.168.100.252",
      "src_endpoint.port": 65020,
      "dst_endpoint.ip": "192.168.1.100",
      "dst_endpoint.port": 80,
    },
  },
  {
    path: "windows/security_crowdsec/crowdsec_windows-logs.log",
    event: 0,
    fields: { time: at("2022-04-28T16:09:28.944Z"), "metadata.event_code": "4625", status: "Failure" },
  },
];
