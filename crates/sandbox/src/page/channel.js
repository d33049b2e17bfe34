let members = new Map();
const memberName = (id) => (members.get(id) || { real_name: id }).real_name;
const unescapeText = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** What stands between < and >: a link, a mention, a date. */
function reference(inner) {
  const bar = inner.indexOf("|");
  const target = unescapeText(bar < 0 ? inner : inner.slice(0, bar));
  const label = bar < 0 ? "" : unescapeText(inner.slice(bar + 1));
  if (target.startsWith("@")) return el("strong", "", "@" + (label || memberName(target.slice(1))));
  if (target.startsWith("#")) return el("strong", "", "#" + (label || target.slice(1)));
  if (target.startsWith("!date^")) return document.createTextNode(label || target);
  if (target.startsWith("!")) return el("strong", "", label || "@" + target.slice(1));
  if (!/^[a-z][a-z0-9+.-]*:/i.test(target)) return document.createTextNode("<" + unescapeText(inner) + ">");
  return link(target, label || target);
}

/** One line of mrkdwn as nodes: code, bold, italic, struck, references. */
function inline(text, into) {
  const pattern = /`([^`]+)`|<([^<>]+)>|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])|(?<![\w~])~([^~\n]+)~(?![\w~])/g;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    into.append(unescapeText(text.slice(at, match.index)));
    at = match.index + match[0].length;
    if (match[1] !== undefined) into.append(el("code", "", unescapeText(match[1])));
    else if (match[2] !== undefined) into.append(reference(match[2]));
    else into.append(inline(match[3] ?? match[4] ?? match[5], el(match[3] ? "strong" : match[4] ? "em" : "s")));
  }
  into.append(unescapeText(text.slice(at)));
  return into;
}

function richText(object) {
  const node = el("div", "");
  if (!object) return node;
  if (object.type === "plain_text") {
    node.append(el("div", "line", object.text));
    return node;
  }
  let fenced = false;
  for (const line of object.text.split("\n")) {
    if (line.startsWith("```") && (line === "```" || !line.slice(3).includes("```"))) {
      fenced = !fenced;
      if (line.length > 3) node.append(el("div", "line", el("code", "", unescapeText(line.slice(3)))));
    } else if (fenced) {
      const ends = line.endsWith("```");
      fenced = !ends;
      node.append(el("div", "line", el("code", "", unescapeText(ends ? line.slice(0, -3) : line))));
    } else if (line.startsWith("&gt;") || line.startsWith(">")) {
      node.append(inline(line.replace(/^(&gt;|>)+ ?/, ""), el("div", "line quote")));
    } else {
      node.append(inline(line, el("div", "line")));
    }
  }
  return node;
}

/** Asks once more where the button carries a confirmation dialog. */
function confirmed(dialog) {
  if (!dialog) return Promise.resolve(true);
  $("confirm-title").textContent = dialog.title.text;
  $("confirm-text").replaceChildren(richText(dialog.text));
  $("confirm-yes").textContent = dialog.confirm.text;
  $("confirm-no").textContent = dialog.deny.text;
  $("confirm-yes").className = dialog.style === "danger" ? "danger" : "primary";
  const box = $("confirm");
  return new Promise((resolve) => {
    const end = (answer) => { $("confirm-yes").onclick = $("confirm-no").onclick = box.oncancel = null; box.close(); resolve(answer); };
    $("confirm-yes").onclick = () => end(true);
    $("confirm-no").onclick = () => end(false);
    box.oncancel = (event) => { event.preventDefault(); end(false); };
    box.showModal();
  });
}

function renderButton(button, message) {
  const style = button.style === "danger" ? "danger" : button.style === "primary" ? "primary" : "";
  const node = el("button", style, button.text.text);
  node.type = "button";
  node.addEventListener("click", async () => {
    if (button.url) {
      const target = link(button.url, "");
      if (target.href) window.open(target.href, "_blank", "noopener");
    }
    if (!(await confirmed(button.confirm))) return;
    node.disabled = true;
    $("slack-answer").textContent = "";
    try {
      const answer = await send("slack/click", { ts: message.ts, action_id: button.action_id, user: $("acting").value });
      $("slack-answer").textContent = answer.trouble || "";
    } catch (error) {
      $("slack-answer").textContent = error.message;
    }
    node.disabled = false;
    refresh();
  });
  return node;
}

function renderBlock(block, message) {
  switch (block.type) {
    case "header": return el("div", "block header", richText(block.text));
    case "divider": return el("hr");
    case "context": return el("div", "block context", ...block.elements.map((part) => part.type === "image" ? "[" + part.alt_text + "]" : richText(part)));
    case "section": {
      const node = el("div", "block", block.text ? richText(block.text) : null);
      if (block.fields) node.append(el("div", "fields", ...block.fields.map(richText)));
      if (block.accessory && block.accessory.type === "button") node.append(renderButton(block.accessory, message));
      return node;
    }
    case "actions": return el("div", "buttons", ...block.elements.filter((part) => part.type === "button").map((part) => renderButton(part, message)));
    case "image": return el("div", "block meta", "[image: " + block.alt_text + "]");
    default: return el("div", "block meta", "[" + block.type + "]");
  }
}

function renderMessage(message) {
  const node = el("article", message.to ? "ephemeral" : "",
    el("div", "row", el("span", "avatar grow", memberName(message.user)),
      message.subtype === "thread_broadcast" ? el("span", "meta", "also sent to the channel") : null,
      message.edits ? el("span", "meta", "edited " + message.edits + "×") : null,
      el("span", "meta", time(Number(message.ts)))));
  if (message.to) node.append(el("div", "meta", "Only visible to " + memberName(message.to)));
  if (message.blocks.length > 0) node.append(...message.blocks.map((block) => renderBlock(block, message)));
  else node.append(richText({ type: "mrkdwn", text: message.text }));
  if (message.replies && message.replies.length > 0) {
    node.append(el("div", "thread", ...message.replies.map(renderMessage)));
  }
  node.id = "message-" + message.ts.replace(".", "");
  return node;
}

let shownModal = "";

function renderInput(block, errors) {
  const element = block.element;
  const id = "input-" + block.block_id;
  const hint = block.hint ? el("div", "meta", block.hint.text) : null;
  const problem = errors && errors[block.block_id] ? el("div", "problem", errors[block.block_id]) : null;
  const label = block.label.text + (block.optional ? " (optional)" : "");
  const optionText = (option) => option.text.type === "mrkdwn" ? unescapeText(option.text.text) : option.text.text;
  if (element.type === "radio_buttons") {
    const choices = element.options.map((option) => {
      const radio = el("input");
      radio.type = "radio";
      radio.name = block.block_id;
      radio.value = option.value;
      radio.checked = Boolean(element.initial_option && element.initial_option.value === option.value);
      return el("label", "radio", radio, optionText(option));
    });
    return el("fieldset", "", el("legend", "", label), ...choices, hint, problem);
  }
  const field = el(element.type === "static_select" ? "select" : element.multiline ? "textarea" : "input");
  field.id = id;
  field.name = block.block_id;
  if (element.type === "static_select") {
    const none = el("option", "", element.placeholder ? element.placeholder.text : "Choose …");
    none.value = "";
    field.append(none, ...element.options.map((option) => {
      const node = el("option", "", optionText(option));
      node.value = option.value;
      node.selected = Boolean(element.initial_option && element.initial_option.value === option.value);
      return node;
    }));
  } else {
    field.value = element.initial_value || "";
    if (element.max_length) field.maxLength = element.max_length;
    if (element.placeholder) field.placeholder = element.placeholder.text;
  }
  const caption = el("label", "", label);
  caption.htmlFor = id;
  return el("div", "", caption, field, hint, problem);
}

function renderModal(modals) {
  const modal = modals.filter((open) => open.user === $("acting").value).pop();
  const state = modal ? modal.id + modal.hash + JSON.stringify(modal.errors) : "";
  if (state === shownModal) return;
  shownModal = state;
  if (!modal) { if ($("modal").open) $("modal").close(); return; }
  $("modal").dataset.view = modal.id;
  $("modal-title").textContent = modal.title.text;
  const kept = new FormData($("modal-form"));
  $("modal-blocks").replaceChildren(...modal.blocks.map((block) => block.type === "input" ? renderInput(block, modal.errors) : renderBlock(block, {})));
  if (modal.errors) for (const [name, value] of kept) { const field = $("modal-form").elements[name]; if (field) field.value = value; }
  $("modal-problem").textContent = "";
  $("modal-submit").hidden = !modal.submit;
  $("modal-submit").textContent = modal.submit ? modal.submit.text : "Submit";
  $("modal-close").textContent = modal.close ? modal.close.text : "Cancel";
  if (!$("modal").open) $("modal").showModal();
}

function setUpChannel() {
  const identity = () => ({ view_id: $("modal").dataset.view, user: $("acting").value });
  $("modal-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = {};
    for (const [name, value] of new FormData($("modal-form"))) values[name] = value;
    try {
      const answer = await send("slack/submit", { ...identity(), values });
      $("modal-problem").textContent = answer.trouble || "";
    } catch (error) {
      $("modal-problem").textContent = error.message;
    }
    refresh();
  });
  const close = async (event) => {
    event.preventDefault();
    try { await send("slack/close", identity()); } catch (error) { $("slack-answer").textContent = error.message; }
    refresh();
  };
  $("modal-close").addEventListener("click", close);
  $("modal").addEventListener("cancel", close);
  $("acting").addEventListener("change", () => refresh());
}

function renderChannel(slack) {
  const signature = JSON.stringify(slack.members);
  if ($("acting").known !== signature) {
    members = new Map(slack.members.map((member) => [member.id, member]));
    const chosen = $("acting").value || "U0123APPROVER";
    const rank = (member) => (member.id.endsWith("APPROVER") ? 0 : 1);
    const options = slack.members.filter((member) => !member.is_bot && !member.deleted).sort((a, b) => rank(a) - rank(b)).map((member) => {
      const note = member.is_restricted ? ", guest" : member.is_stranger ? ", other workspace" : "";
      const option = el("option", "", member.real_name + " (" + member.id + note + ")");
      option.value = member.id;
      option.selected = member.id === chosen;
      return option;
    });
    $("acting").replaceChildren(...options);
    $("acting").known = signature;
  }
  const channel = slack.channels[0];
  $("channel-name").textContent = "#" + channel.name;
  const whispers = slack.ephemerals.filter((message) => message.to === $("acting").value).slice(-10);
  const all = [...channel.messages, ...whispers].sort((a, b) => (a.ts < b.ts ? 1 : -1));
  keyed($("messages"), all, (message) => message.ts, renderMessage, "No messages yet.");
  renderModal(slack.modals);
}
