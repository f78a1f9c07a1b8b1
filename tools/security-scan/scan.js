// Judges pages by MDN's HTTP Observatory and by Google's CSP evaluator.
// node scan.js HTTPS_PORT CLOSED_PORT PATH…   prints a JSON array, a page a row. Nobody but localhost is asked.
import { existsSync, writeFileSync } from "node:fs";
import { ALL_TESTS } from "@mdn/mdn-http-observatory/src/constants.js";
import { getGradeForScore, getScoreModifier } from "@mdn/mdn-http-observatory/src/grader/grader.js";
import { retrieve } from "@mdn/mdn-http-observatory/src/retriever/retriever.js";
import evaluator from "csp_evaluator";
import finding from "csp_evaluator/dist/finding.js";
import parser from "csp_evaluator/dist/parser.js";

// The Observatory looks into the browsers' preload list, which its installation would fetch. No localhost stands there.
const preload = new URL("../../conf/hsts-preload.json", import.meta.resolve("@mdn/mdn-http-observatory/src/analyzer/hsts.js"));
if (!existsSync(preload)) writeFileSync(preload, "{}");

const [httpsPort, httpPort, ...paths] = process.argv.slice(2);

// docs/security.md: this origin serves no JSONP, no AngularJS, and nothing that anybody uploaded.
const EXPLAINED = /^'self' can be problematic/;

async function observed(path) {
  const retrieved = await retrieve("localhost", { httpsPort, httpPort, path });
  const tests = ALL_TESTS.map((test) => test(retrieved)).filter((test) => test.result);
  const failed = tests.filter((test) => !test.pass).map((test) => test.result);
  const modifiers = tests.map((test) => getScoreModifier(test.result));
  const fair = 100 + modifiers.filter((one) => one < 0).reduce((sum, one) => sum + one, 0);
  const score = fair >= 90 ? 100 + modifiers.reduce((sum, one) => sum + one, 0) : fair;
  const answer = retrieved.responses.auto;
  return { ...getGradeForScore(score), failed, policy: answer.headers["content-security-policy"], status: answer.status };
}

function weaknesses(policy) {
  const found = new evaluator.CspEvaluator(new parser.CspParser(policy).csp).evaluate();
  const grave = found.filter((one) => one.severity <= finding.Severity.MEDIUM_MAYBE && !EXPLAINED.test(one.description));
  return grave.map((one) => `${one.directive}: ${one.description}`);
}

const rows = [];
for (const path of paths) {
  const { policy, ...page } = await observed(path);
  rows.push({ path, ...page, weaknesses: policy ? weaknesses(policy) : ["no policy"] });
}
console.log(JSON.stringify(rows));
