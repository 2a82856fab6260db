/** The examples that AWS publishes for Signature Version 4. */
import { expect, test } from "vitest";
import { awsEncode, awsQuery, signGet } from "./sigv4.ts";

const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const now = Date.UTC(2013, 4, 24);
const region = "us-east-1";

test.each([
  [
    "an object",
    "test.txt",
    { range: "bytes=0-9" },
    "host;range;x-amz-content-sha256;x-amz-date",
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  ],
  [
    "a list",
    `?${awsQuery({ "max-keys": "2", prefix: "J" })}`,
    {},
    "host;x-amz-content-sha256;x-amz-date",
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  ],
])("%s", (_, path, more, signed, signature) => {
  const url = new URL(`https://examplebucket.s3.amazonaws.com/${path}`);
  expect(signGet(url, credentials, { region, now, more })["authorization"]).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signed},Signature=${signature}`,
  );
});

test("keys are spelt as they are signed", () => {
  const path = awsEncode("logs/2026/a b+c(1)'*!~ü.json.gz", true);
  expect(path).toBe("logs/2026/a%20b%2Bc%281%29%27%2A%21~%C3%BC.json.gz");
  expect(new URL(`https://s3.example/${path}`).pathname).toBe(`/${path}`);
});

test("a session's token is sent and signed", () => {
  const headers = signGet(new URL("https://s3.example/b"), { ...credentials, sessionToken: "t" }, { region, now });
  expect(headers["x-amz-security-token"]).toBe("t");
  expect(headers["authorization"]).toContain(";x-amz-security-token,");
});
