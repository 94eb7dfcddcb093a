// What the browser does for every page: one step of its history for each visible state, the verdict in view after a
// preset, a phone's navigation that closes when a page is chosen, the link that can be copied, and a lesson's terms that
// light up what they name.

const VERDICT = "[class*='st-key-verdict']";
const PHONE = 768; // px: below this Streamlit lays the navigation over the page

// The same address, whatever the order and spelling of its parameters.
function same(a, b) {
  const said = (url) => JSON.stringify([...url.searchParams].sort());
  return a.pathname === b.pathname && said(a) === said(b);
}

// Streamlit pushes a page's bare path and then the path with what share() wrote: two steps for one state.
function keepHistory() {
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const here = new URL(location.href);
    const to = new URL(url ?? here, here);
    const bare = here.pathname === to.pathname && !here.searchParams.has("v"); // nothing shown yet at this address
    if (bare || same(here, to)) history.replaceState(state, title, url);
    else push(state, title, url);
  };
}

function closeNavigation() {
  document.addEventListener("click", (event) => {
    if (innerWidth > PHONE || !event.target.closest?.("[data-testid='stSidebarNavLink']")) return;
    setTimeout(() => document.querySelector("[data-testid='stSidebarCollapseButton'] button")?.click());
  });
}

function reveal() {
  const verdict = document.querySelector(VERDICT);
  if (!verdict) return;
  const { top, bottom } = verdict.getBoundingClientRect();
  const header = document.querySelector("[data-testid='stHeader']")?.getBoundingClientRect().bottom ?? 0;
  if (top >= header && bottom <= innerHeight) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  verdict.scrollIntoView({ block: "start", behavior: still ? "instant" : "smooth" }); // below the header: style.css
}

// Once at the press and once when all is drawn, unless the visitor scrolls away meanwhile.
function revealVerdict() {
  let wanted = true;
  const stop = () => (wanted = false);
  for (const kind of ["wheel", "touchmove", "keydown"]) addEventListener(kind, stop, { once: true, passive: true });
  reveal();
  const again = (left) => {
    if (!wanted || !left) return;
    const app = document.querySelector("[data-testid='stApp']");
    if (app?.dataset.testScriptState !== "notRunning") return setTimeout(() => again(left - 1), 100);
    reveal();
  };
  setTimeout(() => again(100), 600);
}

// "Copy link" in the header copies this page's address, which holds everything it shows.
function copyLink() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".nn-copy");
    if (!button) return;
    await navigator.clipboard.writeText(location.href).catch(() => prompt("The address of this page", location.href));
    const say = (text) => document.querySelectorAll(".nn-copy").forEach((each) => (each.textContent = text));
    say("Copied"); // whichever button stands now: a run of the page may have put another in its place
    setTimeout(() => say("Copy link"), 1500);
  });
}

// A formula or command that is wider than a phone scrolls sideways: keys must reach it.
function reachFormulas() {
  let soon = null;
  const reach = () => {
    soon = null;
    for (const formula of document.querySelectorAll(".katex-display:not([tabindex]), .stCode pre:not([tabindex])")) formula.tabIndex = 0;
  };
  new MutationObserver(() => (soon ??= requestAnimationFrame(reach))).observe(document.body, { childList: true, subtree: true });
}

// What a name of a lesson's term stands for: a part of a figure, or all that a page keeps under a key.
const named = (name) => [...document.querySelectorAll(`[data-part~="${name}"], .st-key-${name}`)];

function light(terms, on) {
  for (const term of terms) {
    term.classList.toggle("nn-lit", on);
    for (const part of named(term.dataset.lights)) part.classList.toggle("nn-lit", on);
  }
}

// Pointing at a term lights up what it names, pointing at that the term.
function lightTerms() {
  const terms = () => [...document.querySelectorAll(".nn-term")];
  const about = (target) => {
    const term = target.closest?.(".nn-term");
    return term ? [term] : terms().filter((each) => named(each.dataset.lights).some((part) => part.contains(target)));
  };
  for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]])
    document.addEventListener(kind, (event) => light(about(event.target), on));
}

function keepLessons(text) {
  if (text) document.cookie = `nuonuo_lessons=${text}; path=/; max-age=31536000; SameSite=Lax`;
}

function toTop() {
  document.querySelector("[data-testid='stMain']")?.scrollTo({ top: 0, behavior: "instant" });
}

export default function ({ data }) {
  window.__nuonuoShell ??= (keepHistory(), closeNavigation(), copyLink(), reachFormulas(), lightTerms(), { shown: 0, top: 0 });
  keepLessons(data.lessons);
  if (data.top && data.top !== window.__nuonuoShell.top) toTop();
  window.__nuonuoShell.top = data.top;
  if (data.reveal && data.reveal !== window.__nuonuoShell.shown) revealVerdict();
  window.__nuonuoShell.shown = data.reveal;
}
