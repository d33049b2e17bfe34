const STATUS = { 2: ["Open", "warn"], 3: ["Pending", "warn"], 4: ["Resolved", "good"], 5: ["Closed", "good"] };
const EXAMPLES = [
  ["MFA reset", "sarah.chen@acme.com", "New phone, need MFA reset", "Hi, I got a new phone and the authenticator is gone. Please reset my MFA so that I can enrol again.\n\nSarah"],
  ["Password reset", "tom.okafor@acme.com", "Forgot my password", "I can't remember my Okta password after the holidays. Please reset it."],
  ["Account locked", "maria.silva@acme.com", "Account locked", "I can't sign in to Teams or Outlook, it says my account is locked. Please unlock it."],
  ["Licence", "priya.nair@acme.com", "Visio for Priya", "Please assign Visio Plan 2 to priya.nair@acme.com, approved by my manager."],
  ["Group", "lukas.brandt@acme.com", "Access to Engineering-Docs", "Please add nadia.frost@acme.com to the group Engineering-Docs."],
  ["Leaver", "lead@acme.com", "Offboarding Bartosz Wilk", "Bartosz Wilk (bartosz.wilk@acme.com) has left the company today. Please suspend his account."],
  ["New hire", "lead@acme.com", "New starter: Ines Moreau", "Ines Moreau (ines.moreau@acme.com) starts on Monday. She needs an account, the group Engineering-Docs and a Microsoft 365 E3 licence."],
  ["Not for us", "nadia.frost@acme.com", "Printer on floor 3", "The printer on floor 3 is out of toner again."],
];

function setUpDesk() {
  EXAMPLES.forEach(([name], n) => {
    const option = el("option", "", name);
    option.value = String(n);
    $("example").append(option);
  });
  $("example").addEventListener("change", () => {
    const example = EXAMPLES[Number($("example").value)];
    if ($("example").value === "" || !example) return;
    [, $("email").value, $("subject").value, $("description").value] = example;
  });
  $("ticket-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = $("ticket-answer");
    said.textContent = "Raising …";
    try {
      const raised = await send("freshservice/tickets", {
        email: $("email").value, subject: $("subject").value, description: $("description").value,
      });
      const webhooks = raised.deliveries.map((delivery) => delivery.status || "no answer").join(", ");
      said.textContent = "Ticket #" + raised.id + " raised. " + (webhooks ? "Webhook answered: " + webhooks + "." : "No webhook is configured.");
      $("subject").value = "";
      $("description").value = "";
      $("example").value = "";
      refresh();
    } catch (error) {
      said.textContent = "Not raised: " + error.message;
    }
  });
}

function renderNote(note) {
  const kind = note.private ? badge("Private note", "warn") : badge("Public note", "");
  const edits = note.edits ? " · edited " + note.edits + (note.edits === 1 ? " time" : " times") : "";
  return el("div", "note", el("div", "meta", kind, " " + time(note.updated_at) + edits), el("div", "text", note.body_text));
}

function renderTicket(ticket, old) {
  const [label, tone] = STATUS[ticket.status] || ["Status " + ticket.status, ""];
  const requester = ticket.requester ? (ticket.requester.name + " <" + ticket.requester.email + ">") : "unknown requester";
  const details = el("details", "", el("summary", "", "What the ticket says"), el("div", "text", ticket.description_text || "(nothing)"));
  details.open = Boolean(old && old.querySelector("details") && old.querySelector("details").open);
  for (const item of ticket.requested_items || []) {
    const fields = Object.entries(item.custom_fields || {}).map(([name, value]) => name + ": " + value);
    details.append(el("div", "meta", "Item: " + [item.service_item_name || item.service_item_id, ...fields].join(" · ")));
  }
  const node = el("article", "",
    el("div", "row",
      el("span", "title grow", "#" + ticket.id + " " + ticket.subject),
      ticket.spam ? badge("Spam", "bad") : null,
      ticket.deleted ? badge("Deleted", "bad") : null,
      badge(label, tone)),
    el("div", "meta", requester + " · " + ticket.type + " · " + (ticket.source === 1 ? "by mail" : "portal") + " · " + time(ticket.created_at)),
    details,
    ...ticket.conversations.map(renderNote));
  node.id = "ticket-" + ticket.id;
  return node;
}

function renderDesk(desk) {
  keyed($("tickets"), desk.tickets, (ticket) => ticket.id, renderTicket, "No tickets yet: raise one above.");
}
