/**
 * Numbers of the system calls that audit rules watch, by architecture.
 *
 * @see https://github.com/torvalds/linux/blob/master/arch/x86/entry/syscalls/syscall_64.tbl
 * @see https://github.com/torvalds/linux/blob/master/include/uapi/asm-generic/unistd.h
 */

const X86_64 = `0 read 1 write 2 open 40 sendfile 41 socket 42 connect 43 accept 44 sendto 46 sendmsg 49 bind 50 listen 56 clone 57 fork 58 vfork
  59 execve 60 exit 76 truncate 77 ftruncate 82 rename 83 mkdir 84 rmdir 85 creat 86 link 87 unlink 88 symlink 90 chmod 91 fchmod 92 chown
  93 fchown 94 lchown 101 ptrace 165 mount 166 umount2 175 init_module 176 delete_module 188 setxattr 189 lsetxattr 190 fsetxattr
  257 openat 258 mkdirat 260 fchownat 263 unlinkat 264 renameat 265 linkat 266 symlinkat 268 fchmodat 288 accept4 313 finit_module
  316 renameat2 319 memfd_create 322 execveat 435 clone3 437 openat2`;

const I386 = `3 read 4 write 5 open 8 creat 9 link 10 unlink 11 execve 15 chmod 16 lchown 21 mount 26 ptrace 38 rename 39 mkdir 40 rmdir 52 umount2
  83 symlink 92 truncate 93 ftruncate 94 fchmod 95 fchown 102 socketcall 120 clone 128 init_module 129 delete_module 182 chown 198 lchown
  207 fchown 212 chown 226 setxattr 295 openat 296 mkdirat 298 fchownat 301 unlinkat 302 renameat 303 linkat 304 symlinkat 306 fchmodat
  350 finit_module 353 renameat2 358 execveat 361 bind 362 connect 435 clone3 437 openat2`;

const AARCH64 = `5 setxattr 6 lsetxattr 7 fsetxattr 34 mkdirat 35 unlinkat 36 symlinkat 37 linkat 38 renameat 39 umount2 40 mount 45 truncate
  46 ftruncate 52 fchmod 53 fchmodat 54 fchownat 55 fchown 56 openat 63 read 64 write 71 sendfile 105 init_module 106 delete_module
  117 ptrace 198 socket 200 bind 201 listen 202 accept 203 connect 206 sendto 211 sendmsg 220 clone 221 execve 242 accept4
  273 finit_module 276 renameat2 279 memfd_create 281 execveat 435 clone3 437 openat2`;

const BY_ARCHITECTURE: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ["c000003e", table(X86_64)],
  ["x86_64", table(X86_64)],
  ["40000003", table(I386)],
  ["i386", table(I386)],
  ["c00000b7", table(AARCH64)],
  ["aarch64", table(AARCH64)],
]);

/**
 * @param architecture as audit records write it: `c000003e`, with or without `0x`, or by name
 * @param number decimal; a name is returned as it is
 */
export function syscallName(architecture: string, number: string): string | undefined {
  if (!/^\d/.test(number)) return number;
  return BY_ARCHITECTURE.get(architecture.startsWith("0x") ? architecture.slice(2) : architecture)?.get(number);
}

function table(pairs: string): ReadonlyMap<string, string> {
  const words = pairs.split(/\s+/);
  const map = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2) map.set(words[index]!, words[index + 1]!);
  return map;
}
