import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  publicDir: false,
  build: {
    // build.py says where to: beside the page that is in use.
    // Nothing inline: the page's Content-Security-Policy allows files of its own server only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // The licence texts of what is bundled travel with the page.
    license: { fileName: "licences.md" },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
