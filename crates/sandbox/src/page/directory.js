const OKTA_TONE = { ACTIVE: "good", SUSPENDED: "bad", DEPROVISIONED: "bad", LOCKED_OUT: "bad" };

function table(headings, rows, emptyText) {
  if (rows.length === 0) return el("p", "empty", emptyText);
  const head = el("tr", "", ...headings.map((heading) => { const cell = el("th", "", heading); cell.scope = "col"; return cell; }));
  const body = rows.map((row) => el("tr", "", ...row.map((cell) => el("td", "", cell))));
  return el("table", "", el("thead", "", head), el("tbody", "", ...body));
}

function renderPerson({ okta, entra, login }) {
  const node = el("article", "", el("div", "row",
    el("span", "title grow", (okta || entra).name),
    okta ? badge("Okta: " + okta.status, OKTA_TONE[okta.status] || "warn") : badge("not in Okta", ""),
    entra ? badge("Entra: " + (entra.enabled ? "enabled" : "disabled"), entra.enabled ? "good" : "bad") : badge("not in Entra", ""),
    entra && entra.risk && entra.risk.startsWith("atRisk") ? badge("at risk", "bad") : null));
  node.append(el("div", "meta", login));
  const facts = [];
  if (okta) {
    facts.push("Factors: " + (okta.factors.join(", ") || "none"));
    if (okta.groups.length) facts.push("Okta groups: " + okta.groups.join(", "));
  }
  if (entra) {
    if (entra.groups.length) facts.push("Entra groups: " + entra.groups.join(", "));
    facts.push("Licences: " + (entra.licences.join(", ") || "none") + (entra.usage_location ? " (" + entra.usage_location + ")" : " (no usage location)"));
  }
  for (const fact of facts) node.append(el("div", "meta", fact));
  return node;
}

/** Replaces a part of the page only where its data has changed. */
function part(id, data, render) {
  const signature = JSON.stringify(data);
  if ($(id).known === signature) return;
  $(id).known = signature;
  $(id).replaceChildren(render(data));
}

function renderDirectory(okta, graph) {
  const people = new Map();
  for (const user of okta.users) people.set(user.login, { login: user.login, okta: user });
  for (const user of graph.users) people.set(user.login, { login: user.login, ...people.get(user.login), entra: user });
  const list = [...people.values()].sort((a, b) => a.login.localeCompare(b.login)).slice(0, 200);
  keyed($("people-list"), list, (person) => person.login, renderPerson, "Nobody.");
  part("skus", graph.skus, (skus) => table(["Product", "Used", "Free"], skus.map((sku) => [sku.part_number, String(sku.consumed), String(sku.free)]), "None."));
  part("groups", graph.groups, (groups) => table(["Group", "Kind", "Members"], groups.map((group) => [group.name, group.kind, group.members.join(", ")]), "None."));
  part("mails", okta.mails.slice(-10).reverse(), (mails) => table(["To", "Subject"], mails.map((mail) => [mail.to, mail.subject]), "None sent."));
  const events = [...(okta.events || []), ...(graph.events || [])].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, 15);
  part("events", events, (rows) => table(["At", "What", "To"], rows.map((event) => [time(event.at), event.type, event.target || ""]), "Nothing has changed yet."));
  if ($("people").known !== list.length) {
    $("people").known = list.length;
    $("people").replaceChildren(...list.map((person) => { const option = el("option"); option.value = person.login; return option; }));
  }
}
