// Before the first paint: the chosen look, else that of the system.
(() => {
  const chosen = /(?:^|; )theme=(light|dark)/.exec(document.cookie);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.bsTheme = chosen ? chosen[1] : system.matches ? "dark" : "light";
  };
  apply();
  if (!chosen) system.addEventListener("change", apply);
})();
