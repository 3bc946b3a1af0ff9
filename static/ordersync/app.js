// A form is sent once, the open tab is in sight, and the menu closes when there is room for it beside the brand.
"use strict";

// A second click while the answer is on its way sends nothing. Live forms (`hx-post`) see to it by `hx-sync`.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.classList.add("btn-loading");
});

// Somebody who goes back to a page finds its forms ready again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".btn-loading")) button.classList.remove("btn-loading");
  }
});

// The tab of this page is in sight, also on a telephone. Not by scrollIntoView: from there the Tab key would go on, past
// the link to the content.
document.addEventListener("DOMContentLoaded", () => {
  for (const tab of document.querySelectorAll(".nav-tabs .nav-link.active")) {
    const row = tab.closest(".nav-tabs"), own = tab.getBoundingClientRect(), whole = row.getBoundingClientRect();
    row.scrollLeft += own.left + own.width / 2 - whole.left - whole.width / 2;
  }
});

matchMedia("(min-width: 992px)").addEventListener("change", () => document.getElementById("menu")?.hidePopover());
