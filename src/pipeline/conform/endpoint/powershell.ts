/**
 * PowerShell's own log -> Script Activity: what ran, block by block.
 *
 * @see https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_logging_windows
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import type { WindowsEvent } from "../decoders/windows-event.ts";
import type { EventBase } from "../ocsf.ts";
import { fileOf, processId, processOf, userOf } from "./objects.ts";
import { field, subjectOf, windowsActivity } from "./windows.ts";

/**
 * 4104 (script block) and 4103 (module logging) execute a script; the others become base events.
 *
 * @throws {MalformedInputError} when a script block has no text, or the event no readable time
 */
export function conformPowerShell(event: WindowsEvent, product: EventBase["product"]): OcsfEvent {
  const subject = subjectOf(event, product, "windows");
  const { data } = event;
  const actor = actorOf(event);
  if (event.eventId !== 4104 && event.eventId !== 4103) return windowsActivity(subject, 0, 99, { actor });

  const content = event.eventId === 4104 ? field(data, "ScriptBlockText") : field(data, "Payload");
  if (content === undefined)
    throw new MalformedInputError(
      `PowerShell ${event.eventId} without ${event.eventId === 4104 ? "ScriptBlockText" : "Payload"}`,
    );
  const parts = Number(field(data, "MessageTotal") ?? "1");
  const path = field(data, "Path") ?? contextValue(data, "Script Name");
  return windowsActivity(subject, 1009, 1, {
    actor,
    script: {
      // A block longer than an event comes in several; ScriptBlockId ties them together.
      script_content: parts > 1 ? { value: content, is_truncated: true } : { value: content },
      type_id: 2,
      type: "PowerShell",
      uid: field(data, "ScriptBlockId"),
      file: fileOf(path),
    },
  });
}

function actorOf(event: WindowsEvent): NonNullable<OcsfEvent["actor"]> {
  const { account, data } = event;
  const named = contextValue(data, "User") ?? contextValue(data, "Connected User");
  const user = userOf(named ?? account?.name, named === undefined ? account?.domain : undefined, account?.uid);
  const pid = processId(event.processId);
  const host = contextValue(data, "Host Application");
  const process =
    pid === undefined && host === undefined ? undefined : processOf({ name: "powershell.exe", pid, cmd_line: host });
  return user === undefined && process === undefined ? { app_name: "PowerShell" } : { user, process };
}

/** A line `Name = value` of 4103's ContextInfo. */
function contextValue(data: WindowsEvent["data"], name: string): string | undefined {
  const context = field(data, "ContextInfo");
  if (context === undefined) return undefined;
  const at = context.indexOf(`${name} = `);
  if (at === -1) return undefined;
  const end = context.indexOf("\n", at);
  const value = context.slice(at + name.length + 3, end === -1 ? undefined : end).trim();
  return value === "" ? undefined : value;
}
