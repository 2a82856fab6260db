/** Every kind of receiver: one line each. */
import type { ReceiverKind } from "../receiver.ts";
import elasticsearch from "./elasticsearch.ts";
import email from "./email.ts";
import file from "./file.ts";
import jira from "./jira.ts";
import pagerduty from "./pagerduty.ts";
import slack from "./slack.ts";
import splunkHec from "./splunk-hec.ts";
import syslog from "./syslog.ts";
import teams from "./teams.ts";
import webhook from "./webhook.ts";

export const RECEIVER_KINDS: readonly ReceiverKind[] = [
  webhook,
  slack,
  teams,
  pagerduty,
  jira,
  email,
  syslog,
  file,
  splunkHec,
  elasticsearch,
];
