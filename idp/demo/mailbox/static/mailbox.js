// Shows new mail without a reload by hand; the page works without it.
const shown = document.querySelector("[data-newest]");
async function look() {
  try {
    const messages = await (await fetch("/api/messages")).json();
    if ((messages[0]?.id ?? "") !== shown.dataset.newest) location.reload();
  } catch {
    // The mailbox is being restarted.
  }
}
if (shown) setInterval(() => document.hidden || look(), 2000);
