/** The tables are facts of the schema: where it lies beside the project, they are compared with it. */
import { describe, expect, test } from "vitest";
import { schema } from "../../../../test/ocsf/schema.ts";
import type { Attribute } from "../../../../test/ocsf/schema.ts";
import { OCSF_EVENT_KINDS, OCSF_OBJECT_KINDS, OCSF_OBJECT_ONE_OF, OCSF_OBJECT_REQUIRED } from "./ocsf-attributes.ts";
import { OCSF_CLASSES, OCSF_COMMON } from "./ocsf-classes.ts";

const BASE = new Set("activity_id category_uid class_uid metadata severity_id time type_uid".split(" "));

function kindOf({ type, is_array: isArray }: Attribute): string {
  const base = schema!.types[type]?.type ?? type;
  const plain =
    type === "ip_t"
      ? "ip"
      : type === "port_t"
        ? "port"
        : type === "email_t"
          ? "mail"
          : base === "json_t"
            ? "json"
            : base === "boolean_t"
              ? "bool"
              : base === "float_t"
                ? "float"
                : base === "integer_t" || base === "long_t"
                  ? "int"
                  : "text";
  return `${type.endsWith("_t") ? plain : `@${type}`}${isArray === true ? "[]" : ""}`;
}

describe.skipIf(schema === undefined)("OCSF tables (skipped where ../shared/ocsf is absent)", () => {
  test("classes", () => {
    const classes = [...schema!.classes.values()].map((definition) => [
      definition.uid,
      {
        name: definition.caption,
        required: [...definition.attributes]
          .filter(
            ([name, { requirement, profile }]) =>
              requirement === "required" && typeof profile !== "string" && !BASE.has(name),
          )
          .map(([name]) => name),
        oneOf: definition.constraints.at_least_one ?? [],
        attributes: new Set([...definition.attributes.keys()].filter((name) => !OCSF_COMMON.has(name))),
      },
    ]);
    expect(Object.fromEntries(OCSF_CLASSES)).toEqual(Object.fromEntries(classes));
  });

  test("attributes of every class", () => {
    for (const { attributes } of schema!.classes.values())
      for (const name of OCSF_COMMON) expect(attributes.has(name)).toBe(true);
  });

  test("what objects require", () => {
    const required = [...OCSF_OBJECT_KINDS.keys()]
      .filter((name) => name !== "metadata" && name !== "product")
      .map((name) => {
        const attributes = [...schema!.object(name)!.attributes];
        return [
          name,
          attributes
            .filter(([, { requirement, profile }]) => requirement === "required" && typeof profile !== "string")
            .map(([attribute]) => attribute),
        ] as const;
      })
      .filter(([, attributes]) => attributes.length > 0);
    expect(Object.fromEntries(OCSF_OBJECT_REQUIRED)).toEqual(Object.fromEntries(required));
  });

  test("objects that want one of several attributes", () => {
    const wanted = [...OCSF_OBJECT_KINDS.keys()].flatMap((name) => {
      const oneOf = schema!.object(name)!.constraints.at_least_one;
      return oneOf === undefined ? [] : [[name, oneOf] as const];
    });
    expect(Object.fromEntries(OCSF_OBJECT_ONE_OF)).toEqual(Object.fromEntries(wanted));
  });

  test("attributes of events", () => {
    const kinds = new Map(
      [...schema!.classes.values()].flatMap(({ attributes }) =>
        [...attributes].map(([name, attribute]) => [name, kindOf(attribute)]),
      ),
    );
    expect(Object.fromEntries(OCSF_EVENT_KINDS)).toEqual(Object.fromEntries(kinds));
  });

  test.each([...OCSF_OBJECT_KINDS])("attributes of %s", (name, kinds) => {
    const attributes = [...schema!.object(name)!.attributes].map(([attribute, definition]) => [
      attribute,
      kindOf(definition),
    ]);
    expect(Object.fromEntries(kinds)).toEqual(Object.fromEntries(attributes));
  });
});
