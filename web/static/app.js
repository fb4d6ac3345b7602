// The keyboard for lists. Everything works without it.
// j/k or arrows: next and previous line; Enter or o: open; x: select; a: select all; /: search; v: the saved views; g: one by one or in groups.
"use strict";
(() => {
  // A page on which something is being made shows it when it is there.
  const look = async () => {
    const old = document.querySelector("[data-waits]");
    if (!old) return;
    if (!document.hidden) {
      const page = await fetch(location.href).then((r) => (r.ok && !r.redirected ? r.text() : "")).catch(() => "");
      const now = new DOMParser().parseFromString(page, "text/html").getElementById(old.id);
      if (now && now.innerHTML !== old.innerHTML) old.replaceWith(now);
    }
    setTimeout(look, 3000);
  };
  setTimeout(look, 1500);
  const list = document.querySelector("[data-list]");
  const rows = list ? [...list.querySelectorAll("tr")].filter((r) => r.querySelector("td a")) : [];
  let at = -1;
  const go = (to) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("here");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].classList.add("here");
    rows[at].querySelector("a").focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };
  const box = (row) => row?.querySelector("input[type=checkbox]");
  const count = () => {
    const out = document.querySelector("[data-selected]");
    if (out) out.textContent = rows.filter((r) => box(r)?.checked).length;
  };
  document.addEventListener("change", count);
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input:not([type=checkbox]), select, textarea")) return;
    switch (e.key) {
      case "j": case "ArrowDown": if (!rows.length) return; go(at + 1); break;
      case "k": case "ArrowUp": if (!rows.length) return; go(at - 1); break;
      case "o": rows[at]?.querySelector("a").click(); break;
      case "x": { const b = box(rows[at]); if (!b) return; b.checked = !b.checked; count(); break; }
      case "a": { const all = rows.map(box).filter(Boolean); if (!all.length) return; const on = !all.every((b) => b.checked); all.forEach((b) => { b.checked = on; }); count(); break; }
      case "v": { const v = document.querySelector("[data-views]"); if (!v) return; v.focus(); break; }
      case "g": { const g = document.querySelector("[data-tab]"); if (!g) return; g.focus(); break; }
      case "/": { const s = document.querySelector("input[type=search]"); if (!s) return; s.focus(); break; }
      default: return;
    }
    e.preventDefault();
  });
})();
