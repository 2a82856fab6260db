import { defineConfig } from "vite";

/** Browsers that have `light-dark()`, which the tokens are written in. */
const BROWSERS = ["chrome123", "firefox120", "safari17.5"];

export default defineConfig({
  root: import.meta.dirname,
  build: {
    target: BROWSERS,
    outDir: "dist",
    emptyOutDir: true,
    // Nothing may stand inside the page: the server's policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev` beside a running server; sign in there first.
    proxy: { "/api": "http://127.0.0.1:8440", "/status": "http://127.0.0.1:8440", "/sign-in": "http://127.0.0.1:8440" },
  },
});
