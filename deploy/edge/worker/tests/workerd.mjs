// Runs the Worker in workerd until its input ends. It reads commands, one JSON a line ({"put": [key, value]} or
// {"delete": key}), and writes {"url"} once it runs, then a line for each that is done.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";

const source = (name) => fileURLToPath(new URL(`../src/${name}`, import.meta.url));
const miniflare = new Miniflare({
  modules: ["worker.js", "answers.js", "style.js"].map((name) => ({ type: "ESModule", path: source(name) })),
  modulesRoot: source(""),
  compatibilityDate: "2026-04-01",
  kvNamespaces: ["EDGE"],
  bindings: { ORIGIN: process.argv[2] },
  host: "127.0.0.1",
  port: 0,
  cf: false,
  telemetry: { enabled: false },
});

const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
const url = await miniflare.ready;
const edge = await miniflare.getKVNamespace("EDGE");
say({ url: url.origin });
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.put) await edge.put(...command.put);
  if (command.delete) await edge.delete(command.delete);
  say({ done: true });
}
await miniflare.dispose();
