/** The list of source maps. A test fails when a file in this folder is missing here. */
import type { SourceMap } from "../define-map.ts";
import adguardHome from "./adguard-home.ts";
import apache from "./apache.ts";
import atlassianAudit from "./atlassian-audit.ts";
import auditbeat from "./auditbeat.ts";
import auth0 from "./auth0.ts";
import awsCloudtrail from "./aws-cloudtrail.ts";
import awsNetworkFirewall from "./aws-network-firewall.ts";
import awsRoute53Resolver from "./aws-route53-resolver.ts";
import awsS3Access from "./aws-s3-access.ts";
import awsVpcFlow from "./aws-vpc-flow.ts";
import azureDevopsAudit from "./azure-devops-audit.ts";
import azureFirewall from "./azure-firewall.ts";
import azureFlow from "./azure-flow.ts";
import azureVmconnection from "./azure-vmconnection.ts";
import bindQuery from "./bind-query.ts";
import bitbucketAudit from "./bitbucket-audit.ts";
import bluecoatProxysg from "./bluecoat-proxysg.ts";
import caddy from "./caddy.ts";
import carbonBlack from "./carbon-black.ts";
import checkPoint from "./check-point.ts";
import ciscoAsa from "./cisco-asa.ts";
import ciscoFtd from "./cisco-ftd.ts";
import ciscoMeraki from "./cisco-meraki.ts";
import ciscoUmbrella from "./cisco-umbrella.ts";
import ciscoWsa from "./cisco-wsa.ts";
import cloudflareGateway from "./cloudflare-gateway.ts";
import coredns from "./coredns.ts";
import crowdstrikeFdr from "./crowdstrike-fdr.ts";
import defenderXdr from "./defender-xdr.ts";
import dnsmasq from "./dnsmasq.ts";
import dnsmasqDhcp from "./dnsmasq-dhcp.ts";
import duo from "./duo.ts";
import elasticDefend from "./elastic-defend.ts";
import entraAudit from "./entra-audit.ts";
import entraSignin from "./entra-signin.ts";
import esxi from "./esxi.ts";
import falco from "./falco.ts";
import fortinetFortigate from "./fortinet-fortigate.ts";
import gcpAudit from "./gcp-audit.ts";
import gcpVpcFlow from "./gcp-vpc-flow.ts";
import genericCef from "./generic-cef.ts";
import genericEcs from "./generic-ecs.ts";
import genericKeyValue from "./generic-key-value.ts";
import genericLeef from "./generic-leef.ts";
import genericOcsf from "./generic-ocsf.ts";
import gitaly from "./gitaly.ts";
import gitea from "./gitea.ts";
import githubAudit from "./github-audit.ts";
import githubWebhook from "./github-webhook.ts";
import gitlabAudit from "./gitlab-audit.ts";
import gitlabRails from "./gitlab-rails.ts";
import gitlabShell from "./gitlab-shell.ts";
import gitlabWorkhorse from "./gitlab-workhorse.ts";
import googleWorkspace from "./google-workspace.ts";
import haproxy from "./haproxy.ts";
import infoblox from "./infoblox.ts";
import iscDhcpd from "./isc-dhcpd.ts";
import jamfProtect from "./jamf-protect.ts";
import keaDhcp from "./kea-dhcp.ts";
import juniperSrx from "./juniper-srx.ts";
import keycloak from "./keycloak.ts";
import linuxAuditd from "./linux-auditd.ts";
import linuxAuoms from "./linux-auoms.ts";
import linuxIptables from "./linux-iptables.ts";
import linuxLaurel from "./linux-laurel.ts";
import linuxSshd from "./linux-sshd.ts";
import macosEslogger from "./macos-eslogger.ts";
import macosUnifiedLog from "./macos-unified-log.ts";
import netskope from "./netskope.ts";
import nginx from "./nginx.ts";
import oktaSystemLog from "./okta-system-log.ts";
import onelogin from "./onelogin.ts";
import osquery from "./osquery.ts";
import paloAltoPanos from "./palo-alto-panos.ts";
import pfsenseFilterlog from "./pfsense-filterlog.ts";
import sentinelone from "./sentinelone.ts";
import sonicwall from "./sonicwall.ts";
import sophosFirewall from "./sophos-firewall.ts";
import squid from "./squid.ts";
import stormshield from "./stormshield.ts";
import suricataEve from "./suricata-eve.ts";
import sysmonLinux from "./sysmon-linux.ts";
import technitium from "./technitium.ts";
import teleportAudit from "./teleport-audit.ts";
import tetragon from "./tetragon.ts";
import traefik from "./traefik.ts";
import unbound from "./unbound.ts";
import watchguard from "./watchguard.ts";
import windowsDns from "./windows-dns.ts";
import windowsEventlog from "./windows-eventlog.ts";
import windowsPowershell from "./windows-powershell.ts";
import windowsSecurity from "./windows-security.ts";
import windowsSysmon from "./windows-sysmon.ts";
import zeekConn from "./zeek-conn.ts";
import zeekDns from "./zeek-dns.ts";
import zeekFiles from "./zeek-files.ts";
import zeekHttp from "./zeek-http.ts";
import zeekSsh from "./zeek-ssh.ts";
import zeekSsl from "./zeek-ssl.ts";
import zscalerZia from "./zscaler-zia.ts";

export const maps: readonly SourceMap[] = [
  adguardHome,
  apache,
  atlassianAudit,
  auditbeat,
  auth0,
  awsCloudtrail,
  awsNetworkFirewall,
  awsRoute53Resolver,
  awsS3Access,
  awsVpcFlow,
  azureDevopsAudit,
  azureFirewall,
  azureFlow,
  azureVmconnection,
  bindQuery,
  bitbucketAudit,
  bluecoatProxysg,
  caddy,
  carbonBlack,
  checkPoint,
  ciscoAsa,
  ciscoFtd,
  ciscoMeraki,
  ciscoUmbrella,
  ciscoWsa,
  cloudflareGateway,
  coredns,
  crowdstrikeFdr,
  defenderXdr,
  dnsmasq,
  dnsmasqDhcp,
  duo,
  elasticDefend,
  entraAudit,
  entraSignin,
  esxi,
  falco,
  fortinetFortigate,
  gcpAudit,
  gcpVpcFlow,
  genericCef,
  genericEcs,
  genericKeyValue,
  genericLeef,
  genericOcsf,
  gitaly,
  gitea,
  githubAudit,
  githubWebhook,
  gitlabAudit,
  gitlabRails,
  gitlabShell,
  gitlabWorkhorse,
  googleWorkspace,
  haproxy,
  infoblox,
  iscDhcpd,
  jamfProtect,
  keaDhcp,
  juniperSrx,
  keycloak,
  linuxAuditd,
  linuxAuoms,
  linuxIptables,
  linuxLaurel,
  linuxSshd,
  macosEslogger,
  macosUnifiedLog,
  netskope,
  nginx,
  oktaSystemLog,
  onelogin,
  osquery,
  paloAltoPanos,
  pfsenseFilterlog,
  sentinelone,
  sonicwall,
  sophosFirewall,
  squid,
  stormshield,
  suricataEve,
  sysmonLinux,
  technitium,
  teleportAudit,
  tetragon,
  traefik,
  unbound,
  watchguard,
  windowsDns,
  windowsEventlog,
  windowsPowershell,
  windowsSecurity,
  windowsSysmon,
  zeekConn,
  zeekDns,
  zeekFiles,
  zeekHttp,
  zeekSsh,
  zeekSsl,
  zscalerZia,
];
