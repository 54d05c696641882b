// Puts the playground together in dist/playground: static files, for any static host. `make playground` also serves
// them on this machine: node playground/build.js --serve [port].

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { context } from "esbuild";
import { minify } from "terser";

const folder = "dist/playground";
const glue = "target/playground/engine";
const [serve, port] = process.argv.slice(2);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const page = await context({
  entryPoints: ["main.js", "style.css", "index.html", "icon.svg"].map((file) => `playground/page/${file}`).concat(`${glue}/engine.wasm.xz`),
  entryNames: "[name]",
  outdir: folder,
  alias: { engine: `./${glue}/engine.js` },
  loader: { ".html": "copy", ".xz": "copy", ".svg": "copy" },
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
});
await page.rebuild();

if (serve === "--serve") {
  const server = await page.serve({ servedir: folder, host: "127.0.0.1", port: Number(port) || undefined });
  console.log(`http://127.0.0.1:${server.port}/ until Ctrl-C`);
} else {
  await page.dispose();
  // What esbuild leaves: a fortieth.
  const { code } = await minify(readFileSync(`${folder}/main.js`, "utf8"), { module: true, ecma: 2020, compress: { passes: 3 } });
  writeFileSync(`${folder}/main.js`, code);
}
