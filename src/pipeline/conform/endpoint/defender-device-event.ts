/** Rows of DeviceEvents that have a class of their own although no column says so: scripts, and addresses handed to a browser. */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { splitUrl } from "../url.ts";
import { text } from "../read-json.ts";
import { additionalFields } from "./defender-inspection.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";

/** undefined when the action is none of these, or the row lacks what it is about. */
export function conformDeviceEvent(
  action: string,
  row: JsonObject,
  subject: EndpointSubject,
  actor: OcsfEvent["actor"],
): OcsfEvent | undefined {
  if (action === "BrowserLaunchedToOpenUrl") return opened(row, subject, actor);
  if (action !== "PowerShellCommand" && action !== "ScriptContent" && action !== "AmsiScriptContent") return undefined;
  const fields = additionalFields(row);
  const content = text(fields, "Command") ?? text(fields, "ScriptContent");
  if (content === undefined) return undefined;
  const shell = action === "PowerShellCommand" ? { type_id: 2, type: "PowerShell" } : { type_id: 0, type: "Unknown" };
  return endpointActivity(subject, 1009, 1, { actor, script: { script_content: { value: content }, ...shell } });
}

/** A program, a mail reader as a rule, has the browser open an address. */
function opened(row: JsonObject, subject: EndpointSubject, actor: OcsfEvent["actor"]): OcsfEvent | undefined {
  const address = text(row, "RemoteUrl");
  if (address === undefined) return undefined;
  const url = splitUrl(address);
  if (url.hostname === undefined) return undefined;
  return endpointActivity(subject, 4002, 0, {
    actor,
    dst_endpoint: { hostname: url.hostname, port: url.port },
    http_request: { url },
  });
}
