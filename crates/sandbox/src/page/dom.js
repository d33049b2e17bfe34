// Everything shown comes from tickets and messages that anybody may have written: text goes in as text, never as markup.

const $ = (id) => document.getElementById(id);

/** An element with a class and children (nodes, or strings as text). */
function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

/** A link, where the address is one a browser may follow; else the bare text. */
function link(url, label) {
  let parsed;
  try { parsed = new URL(url); } catch { return document.createTextNode(label); }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return document.createTextNode(label);
  const node = el("a", "", label);
  node.href = parsed.href;
  node.target = "_blank";
  node.rel = "noreferrer noopener";
  return node;
}

function badge(text, tone) {
  return el("span", "badge " + (tone || ""), text);
}

/** Renders items into a container; an item whose data has not changed keeps its node, and with it focus and state. */
function keyed(container, items, keyOf, render, emptyText) {
  const known = container.known || new Map();
  const fresh = new Map();
  const nodes = [];
  for (const item of items) {
    const key = keyOf(item);
    const data = JSON.stringify(item);
    const old = known.get(key);
    const entry = old && old.data === data ? old : { data, node: render(item, old ? old.node : null) };
    fresh.set(key, entry);
    nodes.push(entry.node);
  }
  if (nodes.length === 0) nodes.push(el("p", "empty", emptyText || "Nothing yet."));
  const same = nodes.length === container.children.length && nodes.every((node, n) => container.children[n] === node);
  if (!same) container.replaceChildren(...nodes);
  container.known = fresh;
}

async function send(path, body) {
  const response = await fetch("/_control/" + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || "status " + response.status);
  return answer;
}

/** A time of day from Unix seconds or an ISO string, in the reader's zone. */
function time(value) {
  const date = typeof value === "number" ? new Date(value * 1000) : new Date(value);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
