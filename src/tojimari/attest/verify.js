"use strict";
const W = @words@, STATES = ["met", "partly", "not_met", "unknown", "not_applicable"],
  KINDS = ["measured", "reviewed", "paper", "said"], APART = ["iss", "sub", "iat", "exp", "nbf", "vct",
  "vct#integrity", "cnf", "status", "aud", "jti"], RESERVED = ["_sd", "...", "_sd_alg"],
  SKEW = 300, END = 253402300800, int = v => Number.isInteger(v), str = v => typeof v === "string",
  obj = v => v !== null && typeof v === "object" && !Array.isArray(v),
  bytes = s => new TextEncoder().encode(s);
class Refused extends Error { constructor(why) { super(why); this.why = why; } }
const no = why => { throw new Refused(why); };
const b64 = b => { let s = ""; for (const c of b) s += String.fromCharCode(c);
  return btoa(s).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, ""); };
function unb64(t) {
  if (!/^[\w-]*$/.test(t)) no("malformed");
  let b;
  try { b = Uint8Array.from(atob(t.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0)); }
  catch { no("malformed"); }
  return b64(b) === t ? b : no("malformed");
}
function json(b) {  // no key twice, not too deep
  try {
    const s = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(b), v = JSON.parse(s),
      open = [], parts = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
    for (let m; (m = parts.exec(s));) {
      const c = m[0];
      if (c === "{" || c === "[") open.push(new Set());
      else if (c === "}" || c === "]") open.pop();
      else if (m[1] !== undefined) {
        const k = JSON.parse(c.slice(0, -m[1].length)), seen = open.at(-1);
        if (seen.has(k)) no("malformed");
        seen.add(k);
      }
    }
    return v;
  } catch { return no("malformed"); }
}
const sha = async s => b64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(s))));
const ES = {name: "ECDSA", namedCurve: "P-256"};
const load = k => crypto.subtle.importKey("jwk", {kty: k.kty, crv: k.crv, x: k.x, y: k.y}, ES, false, ["verify"]);
async function readKeys(text) {
  const found = new Map(), set = json(bytes(text));
  if (!obj(set) || !Array.isArray(set.keys)) no("malformed");
  for (const k of set.keys) {
    if (!obj(k) || k.kty !== "EC" || k.crv !== "P-256") continue;
    const kid = await sha(`{"crv":"${k.crv}","kty":"EC","x":"${k.x}","y":"${k.y}"}`);
    if ("d" in k || (k.kid ?? kid) !== kid) no("malformed");
    found.set(kid, await load(k));
  }
  return found.size ? found : no("malformed");
}
async function opened(text, keyOf, types) {
  const p = text.split(".");
  if (p.length !== 3) no("malformed");
  const [h, b, s] = p.map(unb64), head = json(h);
  if (!obj(head)) no("malformed");
  if (head.alg !== "ES256") no("forged");
  if (!types.includes(head.typ) || "crit" in head || "b64" in head) no("not_a_statement");
  const key = keyOf(head);
  if (!await crypto.subtle.verify({name: "ECDSA", hash: "SHA-256"}, key, s, bytes(`${p[0]}.${p[1]}`))) no("forged");
  const body = json(b);
  return obj(body) ? [head, body] : no("malformed");
}
const from = keys => head => str(head.kid) && keys.has(head.kid) ? keys.get(head.kid) : no("unknown_issuer");
function times(p, now) {
  for (const n of ["iat", "exp", "nbf"]) {
    const v = n in p ? p[n] : n === "nbf" ? 0 : null;
    if (!int(v) || v < 0 || v >= END) no("not_a_statement");
  }
  if (Math.max(p.iat, p.nbf ?? 0) > now + SKEW) no("future");
  if (p.exp <= now) no("expired");
}
async function revealed(payload, shown) {
  if ((payload._sd_alg ?? "sha-256") !== "sha-256") no("not_a_statement");
  const by = new Map(), met = new Set();
  for (const t of shown) {
    const d = json(unb64(t));
    if (!Array.isArray(d) || d.length < 2 || d.length > 3 || !str(d[0]) || d.length === 3 && !str(d[1])) no("malformed");
    if (d.length === 3 && (APART.includes(d[1]) || RESERVED.includes(d[1]))) no("over_disclosed");
    by.set(await sha(t), d);
  }
  if (by.size !== shown.length) no("over_disclosed");
  const take = d => { if (!str(d)) no("malformed"); if (met.has(d)) no("over_disclosed"); met.add(d); return by.get(d); };
  const walk = (v, depth) => {
    if (depth > 32) no("malformed");
    if (Array.isArray(v)) return v.flatMap(e => {
      if (!obj(e) || !("..." in e)) return [walk(e, depth + 1)];
      if (Object.keys(e).length > 1) no("malformed");
      const d = take(e["..."]);
      return !d ? [] : d.length === 2 ? [walk(d[1], depth + 1)] : no("malformed");
    });
    if (!obj(v)) return v;
    if ("..." in v || "_sd_alg" in v || "_sd" in v && !Array.isArray(v._sd)) no("malformed");
    const made = Object.create(null);
    for (const [k, x] of Object.entries(v)) if (k !== "_sd") made[k] = walk(x, depth + 1);
    for (const g of v._sd ?? []) {
      const d = take(g);
      if (!d) continue;
      if (d.length !== 3) no("malformed");
      if (d[1] in made) no("over_disclosed");
      made[d[1]] = walk(d[2], depth + 1);
    }
    return made;
  };
  const {_sd_alg, ...rest} = payload, all = walk(rest, 0);
  for (const d of by.keys()) if (!met.has(d)) no("altered");
  return all;
}
async function binding(text, body, p, now, asked) {
  if (!text) return asked ? no("unbound") : null;
  let key, b;
  try { key = await load(p.cnf.jwk); } catch { no("altered"); }
  try { [, b] = await opened(text, () => key, ["kb+jwt"]); }
  catch (e) { no(e.why === "malformed" ? "malformed" : "altered"); }
  if (!str(b.aud) || !str(b.nonce) || !int(b.iat)) no("malformed");
  if (b.sd_hash !== await sha(body)) no("altered");
  if (b.iat > now + SKEW) no("future");
  if (asked?.audience && asked.audience !== b.aud) no("wrong_audience");
  if (asked?.nonce && asked.nonce !== b.nonce) no("replayed");
  return b;
}
function form(p) {  // the same form as the command asks for
  const sum = a => a.reduce((x, y) => x + y, 0), bad = () => no("not_a_statement");
  const num = (o, names) => obj(o) && Object.keys(o).length === names.length && names.every(n => int(o[n]) && o[n] >= 0);
  if (![p.iss, p.company, p.framework, p.catalog].every(str) || !/^\d{4}-\d\d-\d\d$/.test(p.as_of)) bad();
  if (!num(p.counts, STATES) || !num(p.met_by, KINDS) || !obj(p.devices) || !int(p.devices.seen)) bad();
  if (p.devices.known !== null && !int(p.devices.known) || sum(Object.values(p.met_by)) !== p.counts.met) bad();
  const items = Object.entries(p.items ?? {});
  if (!items.every(([, i]) => obj(i) && STATES.includes(i.state) && [...KINDS, "none"].includes(i.evidence))) bad();
  if (STATES.some(s => items.filter(([, i]) => i.state === s).length > p.counts[s])) bad();
  return {...p, items};
}
function short(p) {
  const nums = (a, n) => Array.isArray(a) && a.length === n ? a : no("not_a_statement"), pair = nums(p.o, 2);
  const zip = (names, a) => Object.fromEntries(names.map((n, i) => [n, a[i]]));
  const counts = zip(STATES, nums(p.n, 5)), marks = str(p.s) ? [...p.s] : no("not_a_statement");
  if (marks.length !== p.n.reduce((x, y) => x + y, 0) || STATES.some((s, i) => marks.filter(m => m === "mpnux"[i]).length !== counts[s])) no("not_a_statement");
  return {...form({...p, company: p.c, framework: p.f, as_of: p.d, catalog: p.v, counts, items: {},
    met_by: zip(KINDS, nums(p.b, 4)), devices: {seen: pair[0], known: pair[1]}}), paper: true};
}
async function inflate(b) {
  const out = [], reader = new Blob([b]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  for (let n = 0, r; !(r = await reader.read()).done; out.push(...r.value)) if ((n += r.value.length) > 1 << 20) no("bad_status");
  return out;
}
async function revoked(p, text, keys, now) {
  let l, lst, place;
  try {
    [, l] = await opened(text, from(keys), ["statuslist+jwt"]);
    times(l, now);
    if (![1, 2, 4, 8].includes(l.status_list.bits)) no("bad_status");
    lst = await inflate(unb64(l.status_list.lst));
    place = p.status.status_list;
  } catch (e) { no(e.why === "expired" ? "stale_status" : "bad_status"); }
  const bits = l.status_list.bits, each = 8 / bits, i = place.idx;
  if (place.uri !== l.sub || !int(i) || i < 0 || i >= lst.length * each) no("bad_status");
  if (l.iat + SKEW < p.iat) no("stale_status");
  const v = lst[Math.floor(i / each)] >> i % each * bits & (1 << bits) - 1;
  if (v) no(v === 3 ? "superseded" : v === 2 ? "suspended" : "revoked");
  return l.iat;
}
async function check(text, keyText, {status = "", asked = null, now = Math.floor(Date.now() / 1000)} = {}) {
  try {
    const keys = await readKeys(keyText);
    text = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
    if (text.length > 65536) no("too_large");
    let p, said;
    if (text.includes("~")) {
      const [signed, ...shown] = text.split("~"), bound = shown.pop();
      if (shown.length > 1000 || shown.includes("")) no("malformed");
      const [, body] = await opened(signed, from(keys), ["dc+sd-jwt"]);
      p = await revealed(body, shown);
      times(p, now);
      if (p.vct !== "urn:tojimari:statement:1") no("not_a_statement");
      const b = await binding(bound, text.slice(0, text.length - bound.length), p, now, asked);
      said = {...form(p), audience: b?.aud, nonce: b?.nonce};
    } else {
      [, p] = await opened(text, from(keys), ["tojimari-summary+jwt"]);
      times(p, now);
      if (asked) no("unbound");
      said = short(p);
    }
    if (!status.trim()) return {state: "holds", said};
    return {state: "holds_not_revoked", as_of: await revoked(p, status.trim(), keys, now), said};
  } catch (e) { return {state: "refused", why: e.why ?? "malformed"}; }
}
const $ = id => document.getElementById(id);
for (const id of ["t", "k", "s"]) {
  const f = $(`${id}f`);
  f.onclick = () => { f.value = ""; };  // a newer file of the same name is read as well
  f.onchange = async () => { $(id).value = await f.files[0]?.text() ?? ""; };
}
$("f").onsubmit = async e => {
  e.preventDefault();
  const v = id => $(id).value.trim(), asked = v("a") || v("n") ? {audience: v("a"), nonce: v("n")} : null;
  show(await check(v("t"), v("k"), {status: v("s"), asked}));
};
function show(r) {
  const out = [], add = (tag, text, to) => { const n = document.createElement(tag); n.textContent = text; (to ?? out).push?.(n) ?? to.append(n); return n; };
  // Days are Japan's, as on the paper.
  const day = s => new Date((s + 9 * 3600) * 1000).toISOString().slice(0, 10), p = r.said;
  const fill = (k, w) => W[k].replace(/\{(\w+)\}/g, (_, n) => w[n]);
  add("h2", r.as_of ? fill(r.state, {day: day(r.as_of)}) : W[r.state]).className = p ? "y" : "n";
  if (!p) add("p", W.why[r.why]);
  else {
    add("p", fill("by", {issuer: p.iss, company: p.company}));
    add("p", fill("when", {as_of: p.as_of, until: day(p.exp)}));
    add("p", fill("devices", {seen: p.devices.seen, known: p.devices.known ?? "?"}));
    if (p.paper) add("p", W.paper);
    if (p.audience) add("p", fill("made_for", {audience: p.audience, nonce: p.nonce}));
    const t = add("table", ""), row = cells => { const tr = add("tr", "", t); cells.forEach((c, i) => add(i ? "td" : "th", c, tr)); };
    for (const s of STATES) row([W.state[s], p.counts[s]]);
    for (const k of KINDS) row([fill("met_by", {kind: W.kind[k]}), p.met_by[k]]);
    const at = Object.keys(W.items), place = o => (at.indexOf(o[0]) + 1 || 999);
    for (const [id, i] of p.items.sort((a, b) => place(a) - place(b))) row([W.items[id] ?? id, W.state[i.state] + " / " + W.kind[i.evidence]]);
    add("p", W.only);
  }
  $("o").replaceChildren(...out);
}
