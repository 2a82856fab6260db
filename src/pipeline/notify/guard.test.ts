import { expect, test } from "vitest";
import { Guard, judgeAddress } from "./guard.ts";

test.each([
  ["169.254.169.254", "is link-local"],
  ["169.254.0.1", "is link-local"],
  ["fe80::1", "is link-local"],
  ["fd00:ec2::254", "hands out a cloud's metadata"],
  ["100.100.100.200", "hands out a cloud's metadata"],
  ["168.63.129.16", "hands out a cloud's metadata"],
  ["::ffff:169.254.169.254", "is link-local"],
  ["64:ff9b::a9fe:a9fe", "is link-local"],
  ["2002:a9fe:a9fe::1", "is link-local"],
  ["::169.254.169.254", "is link-local"],
  ["0.0.0.0", "is unspecified"],
  ["::", "is unspecified"],
  ["::ffff:0.0.0.0", "is unspecified"],
  ["224.0.0.251", "is multicast"],
  ["ff02::1", "is multicast"],
  ["255.255.255.255", "is broadcast"],
  ["240.0.0.1", "is reserved"],
  ["2001:db8::1", "is reserved"],
])("never %s", (address, never) => {
  expect(judgeAddress(address)).toEqual({ never });
});

test.each([
  ["127.0.0.1", "private"],
  ["::1", "private"],
  ["::ffff:127.0.0.1", "private"],
  ["10.1.2.3", "private"],
  ["172.16.0.1", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["fd12:3456::1", "private"],
  ["8.8.8.8", "public"],
  ["2606:4700::1111", "public"],
])("%s is %s", (address, kind) => {
  expect(judgeAddress(address)).toBe(kind);
});

const resolveTo =
  (...addresses: string[]) =>
  async (): Promise<{ address: string; family: number }[]> =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

test("an address that the configuration names is reached, a name for it is not", async () => {
  const named = new Guard({ allowPrivate: false, named: ["127.0.0.1", "[::1]"] });
  await expect(named.addressesOf("127.0.0.1")).resolves.toEqual([{ address: "127.0.0.1", family: 4 }]);
  await expect(named.addressesOf("[::1]")).resolves.toEqual([{ address: "::1", family: 6 }]);
  await expect(named.addressesOf("10.0.0.1")).rejects.toThrow("allow_private: true");
  const byName = new Guard({ allowPrivate: false, named: ["hooks.acme.example"], resolve: resolveTo("127.0.0.1") });
  await expect(byName.addressesOf("hooks.acme.example")).rejects.toThrow(
    "hooks.acme.example (127.0.0.1) is a private address",
  );
});

test("localhost is as good as its address", async () => {
  const guard = new Guard({ allowPrivate: false, named: ["localhost"], resolve: resolveTo("::1", "127.0.0.1") });
  await expect(guard.addressesOf("localhost")).resolves.toHaveLength(2);
});

test("what is allowed privately is still no metadata", async () => {
  const guard = new Guard({ allowPrivate: true, named: ["169.254.169.254"], resolve: resolveTo("169.254.169.254") });
  await expect(guard.addressesOf("169.254.169.254")).rejects.toThrow("is link-local");
  await expect(guard.addressesOf("inside.acme.example")).rejects.toThrow("is link-local");
});

test("a name with one forbidden address among good ones is not connected to", async () => {
  const guard = new Guard({ allowPrivate: false, named: [], resolve: resolveTo("8.8.8.8", "127.0.0.1") });
  await expect(guard.addressesOf("two.example")).rejects.toThrow("is a private address");
});

test("a name that changes its address between two looks is judged at the one that counts", async () => {
  const answers = ["8.8.8.8", "169.254.169.254"];
  const guard = new Guard({
    allowPrivate: true,
    named: [],
    resolve: async () => [{ address: answers.shift() ?? "", family: 4 }],
  });
  await expect(guard.addressesOf("rebind.example")).resolves.toHaveLength(1);
  await new Promise<void>((resolve) =>
    guard.lookup("rebind.example", { all: true }, (error) => {
      expect(String(error)).toContain("is link-local");
      resolve();
    }),
  );
});
