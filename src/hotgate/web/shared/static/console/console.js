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

  on("click", "[data-open]", (button, e) => {
    e.preventDefault(); // of a link, which without scripts leads to a page that asks
    document.querySelector(button.dataset.open).showModal();
  });
  // one dialog for all rows: the button says which, and for what address
  on("click", "[data-ask]", (button, e) => {
    e.preventDefault();
    const dialog = document.querySelector(button.dataset.ask);
    dialog.querySelector("form[method=post]").action = button.formAction;
    const named = button.dataset.names ?? button.closest("tr").querySelector("[data-named]").textContent;
    dialog.querySelector("[data-asked]").textContent = named;
    dialog.showModal();
  });

  // one menu for all rows of a kind: filled in at the first opening. Until then it has the link to the row's page alone
  on("click", "[data-of] > summary", (summary) => {
    const { of, own, name } = summary.parentElement.dataset;
    const menu = document.querySelector(of).content.cloneNode(true);
    for (const link of menu.querySelectorAll("a")) {
      const href = link.getAttribute("href").replace("~own~", own).replace("~name~", encodeURIComponent(name));
      link.setAttribute("href", href);
    }
    summary.nextElementSibling.replaceChildren(menu);
    delete summary.parentElement.dataset.of;
  });
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

  // tick boxes of a list: all at once, and how many
  const ticks = (form) => [...document.querySelectorAll(`[data-tick][form="${form}"]`)];
  const tell = (form) => {
    const all = ticks(form);
    const count = all.filter((box) => box.checked).length;
    const told = document.querySelector(`[data-ticked="${form}"]`);
    const master = document.querySelector(`[data-tick-all="${form}"]`);
    told.textContent = count ? (count === 1 ? told.dataset.one : told.dataset.many.replace("{count}", count)) : "";
    master.checked = count > 0 && count === all.length;
    master.indeterminate = count > 0 && count < all.length;
  };
  on("change", "[data-tick-all]", (master) => {
    ticks(master.dataset.tickAll).forEach((box) => (box.checked = master.checked));
    tell(master.dataset.tickAll);
  });
  on("change", "[data-tick]", (box) => tell(box.getAttribute("form")));

  // a long list of choices, narrowed by what is typed
  on("input", "[data-filter]", (field) => {
    const wanted = field.value.trim().toLocaleLowerCase();
    document.querySelectorAll(field.dataset.filter).forEach((each) => {
      each.hidden = !each.textContent.toLocaleLowerCase().includes(wanted);
    });
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
    const inMenu = e.target.closest("details.menu[open]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (inMenu && step && !e.target.closest("select, textarea")) {
      const items = [...inMenu.querySelectorAll(".dropdown-menu :is(a, button, input:not([type=hidden]))")].filter((i) => i.offsetParent);
      if (items.length) {
        e.preventDefault();
        const at = items.indexOf(document.activeElement);
        items[at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length].focus();
      }
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
    const busy = live && (live.contains(document.activeElement) || live.querySelector("details[open], [data-tick]:checked") || document.querySelector("dialog[open]"));
    if (live === e.target && (document.hidden || busy)) e.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.querySelectorAll("[data-live]").forEach((l) => window.htmx?.trigger(l, "look"));
  });
})();

// What somebody is typing in is never swapped for an answer to something older.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target === document.activeElement) event.preventDefault();
});
