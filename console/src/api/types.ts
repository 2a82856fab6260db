/** Shapes of the API, taken from the server's contract as types only. */
import type * as contract from "../../../src/pipeline/serve/contract.ts";

type Out<Shape extends Parameters<typeof contract.named>[1]> = contract.Output<Shape>;

export type Incident = Out<typeof contract.IncidentItem>;
export type IncidentDetail = Out<typeof contract.IncidentDetail>;
export type IncidentCounts = Out<typeof contract.IncidentCounts>;
export type Action = Out<typeof contract.ActionItem>;
export type ActionRequest = Out<typeof contract.ActionBody>;
export type Disposition = NonNullable<Incident["disposition"]>;
export type Severity = Incident["severity"];
export type Lane = Incident["timeline"][number]["lane"];
export type EventDetail = Out<typeof contract.EventDetail>;
export type EventItem = Out<typeof contract.EventItem>;
export type Histogram = Out<typeof contract.Histogram>;
export type EntityItem = Out<typeof contract.EntityItem>;
export type EntityDetail = Out<typeof contract.EntityDetail>;
export type EntityKind = EntityItem["kind"];
export type Source = Out<typeof contract.SourceItem>;
export type QuarantinedLine = Out<typeof contract.QuarantineItem>;
export type QuarantineReason = Out<typeof contract.QuarantineReason>;
export type Rule = Out<typeof contract.RuleItem>;
export type RuleDetail = Out<typeof contract.RuleDetail>;
export type Coverage = Out<typeof contract.CoverageBasis>;
export type Policy = Out<typeof contract.PolicySummary>;
export type NearMiss = Out<typeof contract.NearMiss>;
export type SqlResult = Out<typeof contract.SqlResult>;
export type SqlSchema = Out<typeof contract.SqlSchema>;
export type Session = Out<typeof contract.SessionItem>;
export type Status = Out<typeof contract.Status>;
export type Problem = Out<typeof contract.ProblemItem>;
export type Page<Item> = contract.Page<Item>;
