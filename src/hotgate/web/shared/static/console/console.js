// What plain HTML can't do. Every page works without it, but for live figures.
(() => {
  const on = (event, selector, act) =>
    document.addEventListener(event, (e) => {
      const element = e.target instanceof Element && e.target.closest(selector);
      if (element) act(element, e);
    });

  on("click", "[data-toggle]", (button) => {
    const open = document.querySelector(button.dataset.toggle).classList.toggle("show");
    button.setAttribute("aria-expanded", String(open));
  });

  on("click", "[data-theme-toggle]", () => {
    const root = document.documentElement.dataset;
    root.bsTheme = root.bsTheme === "dark" ? "light" : "dark";
    document.cookie = `theme=${root.bsTheme}; path=/; max-age=31536000; samesite=lax`;
  });

  on("click", "[data-open]", (button) => document.querySelector(button.dataset.open).showModal());
  on("click", "[data-print]", () => print());
  on("click", "[data-dismiss]", (button) => button.closest("[data-toast]").remove());
  on("click", "[data-copy]", async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.dataset.copied = "";
  });
  on("click", "[data-generate]", (button) => {
    const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_~.";
    const field = document.querySelector(button.dataset.generate);
    const octets = crypto.getRandomValues(new Uint32Array(32));
    field.value = Array.from(octets, (n) => letters[n % letters.length]).join("");
    field.type = "text";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // one menu at a time; Escape and a click elsewhere close it
  const closeMenus = (except) =>
    document.querySelectorAll("details.menu[open]").forEach((menu) => menu === except || menu.removeAttribute("open"));
  document.addEventListener("click", (e) => closeMenus(e.target.closest("details.menu")));
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      closeMenus();
      menu?.querySelector("summary").focus();
    }
    const typing = e.target.closest("input, textarea, select");
    if ((e.key === "/" && !typing) || (e.key.toLowerCase() === "k" && (e.ctrlKey || e.metaKey))) {
      const search = document.querySelector("[data-search]");
      if (search) {
        e.preventDefault();
        search.focus();
      }
    }
  });

  // a form is sent once; the server knows it as well
  document.addEventListener("submit", (e) => {
    if (e.target.method !== "post" || e.submitter?.formMethod === "dialog" || e.defaultPrevented) return;
    if (e.target.dataset.sent) e.preventDefault();
    e.target.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));

  document.querySelectorAll("[data-toast=success], [data-toast=info]").forEach((t) => setTimeout(() => t.remove(), 8000));

  // live parts rest while nobody looks, and while somebody works in them: the focus must not vanish under a hand
  document.addEventListener("htmx:beforeRequest", (e) => {
    const live = e.target.closest("[data-live]");
    const busy = live && (live.contains(document.activeElement) || live.querySelector("details[open], dialog[open]"));
    if (live === e.target && (document.hidden || busy)) e.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.querySelectorAll("[data-live]").forEach((l) => window.htmx?.trigger(l, "look"));
  });
})();
