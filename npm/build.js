// Puts the npm package together in target/npm/package and packs it into dist/. `make npm` runs it.

import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { compileFromFile } from "json-schema-to-typescript";

const [cli] = process.argv.slice(2);
const folder = "target/npm/package";
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const manifest = JSON.parse(readFileSync("npm/package.json", "utf8"));
const { name, ...rest } = manifest;
write("package.json", JSON.stringify({ name, version: workspace("version"), license: workspace("license"), ...rest }, null, 2));

const bundle = { bundle: true, format: "esm", target: "es2022", alias: { glue: "./target/glue/factory.js" } };
await build({ ...bundle, entryPoints: ["npm/index.js"], loader: { ".wasm": "binary" }, outfile: `${folder}/index.js` });
await build({ ...bundle, entryPoints: ["npm/workerd.js"], external: ["./index.wasm"], outfile: `${folder}/workerd.js` });
copy("build/index.js", "worker.js");
copy("build/index.wasm");
copy(cli, "cli.wasm");
copy("npm/cli.js");
chmodSync(`${folder}/cli.js`, 0o755);

const options = { bannerComment: "// Generated from edge-cors.schema.json.", maxItems: -1 };
write("configuration.d.ts", await compileFromFile("edge-cors.schema.json", options));
copy("edge-cors.schema.json");
copy("npm/index.d.ts");
copy("npm/worker.d.ts");

copy("npm/template");
copy("npm/README.md");
copy("LICENSE");
copy("NOTICE");

execFileSync("npm", ["pack", "--silent", "--pack-destination", "dist", `./${folder}`], { stdio: "inherit" });

/** A value in the table [workspace.package] of Cargo.toml. */
function workspace(key) {
  const table = readFileSync("Cargo.toml", "utf8").split("[workspace.package]")[1].split("\n[")[0];
  return table.match(new RegExp(`^${key} = "(.*)"$`, "m"))[1];
}

function copy(from, to = from.split("/").at(-1)) {
  cpSync(from, `${folder}/${to}`, { recursive: true });
}

function write(file, text) {
  writeFileSync(`${folder}/${file}`, `${text.trimEnd()}\n`);
}
