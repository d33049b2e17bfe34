let running = false;
let again = false;
let last = "";

/** Fetches the state once; a call while one is under way leads to one more afterwards. */
async function refresh() {
  if (running) { again = true; return; }
  running = true;
  try {
    const response = await fetch("/_control/state?limit=40", { cache: "no-store" });
    const text = await response.text();
    const state = JSON.parse(text);
    last = text;
    renderDesk(state.freshservice);
    renderChannel(state.slack);
    renderDirectory(state.okta, state.graph);
    $("status").textContent = "Live · " + state.freshservice.total + (state.freshservice.total === 1 ? " ticket" : " tickets");
  } catch (error) {
    $("status").textContent = last ? "Connection lost, trying again …" : "The sandbox does not answer.";
    console.error(error);
  }
  running = false;
  if (again) { again = false; refresh(); }
}

setUpDesk();
setUpChannel();
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 1000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
