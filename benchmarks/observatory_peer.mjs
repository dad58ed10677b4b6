// Runs MDN's HTTP Observatory on made-up sites of a local stage and prints one JSON line each.
//
//   node observatory_peer.mjs PACKAGE HTTP_PORT HTTPS_PORT < sites.json
//
// PACKAGE: folder of @mdn/mdn-http-observatory (npm i --ignore-scripts). The package is used as it
// is; only connections are led to the stage, and the list of preloaded hosts, which its
// installation would download, holds "preloaded.test" alone. NODE_EXTRA_CA_CERTS names the stage's
// authority. "told_origin": the sharing test once more, told which Origin header was sent.
import dns from "node:dns";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [folder, http, https] = process.argv.slice(2);
const ports = { 80: Number(http), 443: Number(https) };
dns.lookup = (host, options, callback) => {
  const done = callback ?? options;
  return options?.all
    ? done(null, [{ address: "127.0.0.1", family: 4 }])
    : done(null, "127.0.0.1", 4);
};
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...words) {
  const options = Array.isArray(words[0]) ? words[0][0] : words[0];
  if (options && ports[options.port]) options.port = ports[options.port];
  return connect.apply(this, words);
};

const list = path.join(folder, "conf", "hsts-preload.json");
if (!fs.existsSync(list)) {
  const entry = { includeSubDomains: true, mode: "force-https", pinned: false };
  fs.writeFileSync(list, JSON.stringify({ "preloaded.test": entry }));
}
const from = (file) => import(pathToFileURL(path.join(folder, "src", file)).href);
const { retrieve } = await from("retriever/retriever.js");
const { crossOriginResourceSharingTest } = await from("analyzer/tests/cors.js");
const { CONFIG } = await from("config.js");
const { scan } = await from("scanner/index.js");

async function verdict(site) {
  try {
    const found = await scan(site);
    const tests = Object.fromEntries(
      Object.entries(found.tests).map(([name, test]) => [
        name,
        { result: test.result, passed: test.pass, points: test.scoreModifier },
      ]),
    );
    const verdict = { site, score: found.scan.score, grade: found.scan.grade, tests };
    const name = "cross-origin-resource-sharing";
    if (tests[name].result.endsWith("restricted-access")) {
      const answers = await retrieve(site);
      answers.responses.cors.request = { headers: { origin: CONFIG.retriever.corsOrigin } };
      verdict.told_origin = crossOriginResourceSharingTest(answers).result;
    }
    return verdict;
  } catch (error) {
    return { site, error: String(error.message ?? error) };
  }
}

const sites = JSON.parse(fs.readFileSync(0, "utf8"));
async function work() {
  for (let site = sites.shift(); site; site = sites.shift())
    console.log(JSON.stringify(await verdict(site)));
}
await Promise.all(Array.from({ length: 8 }, work));
