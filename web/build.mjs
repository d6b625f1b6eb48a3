// Bundles the page into the folder of the server, from which it is served without node.
//
//   node build.mjs            write ../usql/server/static
//   node build.mjs FOLDER     write FOLDER
//   node build.mjs --watch    write ../usql/server/static again after each change

import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
const target = folder ?? join(here, "../usql/server/static");

// What import() loads becomes a file of its own; names carry no hash, the server sends tags.
const options = {
  absWorkingDir: here,
  entryPoints: [
    { in: "src/main.ts", out: "page" },
    { in: "src/styles/page.css", out: "page" },
  ],
  entryNames: "[name]",
  chunkNames: "[name]",
  outdir: target,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "external",
  minify: true,
  metafile: true,
  logLevel: "info",
};

/** A package: what it says of itself, and the text of its licence if it brings one. */
async function packageOf(root) {
  const { name, version, license, repository } = JSON.parse(await readFile(join(here, root, "package.json"), "utf8"));
  const file = (await readdir(join(here, root))).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? null : (await readFile(join(here, root, file), "utf8")).replaceAll("\r\n", "\n").trim();
  return { name, version, license, repository: JSON.stringify(repository?.url ?? repository ?? name), text };
}

/** The licences of all packages that are in the bundles. */
async function licences(inputs) {
  const roots = new Set(
    Object.keys(inputs)
      .map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
      .filter((root) => root !== undefined),
  );
  const packages = await Promise.all([...roots].sort().map(packageOf));
  const parts = packages.map(({ name, version, license, repository, text }) => {
    // Packages of one repository have its licence, which not all of them bring.
    const known = text ?? packages.find((other) => other.repository === repository && other.text !== null)?.text;
    if (known === undefined) throw new Error(`${name} comes without the text of its licence`);
    return `${name} ${version} (${license})\n\n${known}\n`;
  });
  return `The page of usql contains these packages.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
for (const name of ["index.html", "icon.svg"]) {
  await copyFile(join(here, "src", name), join(target, name));
}
if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  const { metafile } = await build(options);
  await writeFile(join(target, "LICENSES.txt"), await licences(metafile.inputs));
}
