"""Looks at reports in a real browser, headless Chromium: at three widths, in light and dark colours, nothing may overflow the page,
every visible text must have a contrast of 4.5 with what lies behind it, and the console must stay empty.

    python3 tests/report/browser.py --program build/laurel          a small run of its own
    python3 tests/report/browser.py --page RUN/report.html ...      pages that are there

Exits 77 where there is no Chromium (scripts/setup.sh --browser)."""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
import project

WIDTHS, SCHEMES = (360, 768, 1280), {"light": 1, "dark": 0}
LEAST_CONTRAST, LARGE_CONTRAST = 4.5, 3  # WCAG 2.2, 1.4.3; large: from 24 px, or bold from 18.66 px
NO_BROWSER = 77

# Runs in the frame that holds the page; what it finds becomes the text of the outer page.
SCRIPT = """
const luminance = ([r, g, b]) => {
  const linear = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  return .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
};
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const behind = (view, element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = numbers(view.getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const look = frame => {
  const view = frame.contentWindow, page = frame.contentDocument, found = {texts: 0, overflow: [], contrast: [], scripts: page.scripts.length};
  for (const details of page.querySelectorAll('details')) details.open = true;
  const width = page.documentElement.clientWidth;
  if (page.documentElement.scrollWidth > width) {
    for (const e of page.body.querySelectorAll('*')) {
      if (e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll')) found.overflow.push(e.outerHTML.slice(0, 120));
    }
    if (!found.overflow.length) found.overflow.push('the page is ' + page.documentElement.scrollWidth + ' wide');
  }
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement, style = view.getComputedStyle(element), box = element.getBoundingClientRect();
    if (!node.data.trim() || !box.width || !box.height || style.visibility === 'hidden') continue;
    ++found.texts;
    const svg = element.closest('svg'), colour = numbers(svg ? style.fill : style.color);
    const [dark, light] = [luminance(colour), luminance(behind(view, element))].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (light + .05) / (dark + .05);
    if (ratio < (large ? LARGE : LEAST)) found.contrast.push(ratio.toFixed(2) + ': ' + node.data.trim().slice(0, 60));
  }
  return found;
};
const frame = document.querySelector('iframe');
frame.onload = () => { const found = look(frame); document.body.textContent = 'FOUND' + JSON.stringify(found) + 'END'; };
frame.srcdoc = PAGE;
"""


def browser():
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


def look(chromium, page, width, scheme, folder):
    """What the script finds, and the lines of the console."""
    script = SCRIPT.replace("LARGE", str(LARGE_CONTRAST)).replace("LEAST", str(LEAST_CONTRAST))
    script = script.replace("PAGE", json.dumps(page).replace("</", "<\\/"))
    outer = folder / "outer.html"
    outer.write_text(f'<!doctype html><meta charset="utf-8"><body><iframe width="{width}" height="900" style="border:0"></iframe>'
                     f"<script>{script}</script></body>", encoding="utf-8")
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=20000",
         f"--user-data-dir={folder / 'profile'}", f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", "--window-size=1400,1000",
         "--dump-dom", outer.as_uri()], capture_output=True, text=True, timeout=300)
    answer = re.search(r"FOUND(.*)END", done.stdout, re.DOTALL)
    if not answer:
        sys.exit(f"the browser said nothing: {done.stderr[-2000:]}")
    text = answer.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return json.loads(text), [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def problems_of(chromium, path, folder):
    page = path.read_text(encoding="utf-8")
    problems = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            found, console = look(chromium, page, width, scheme, folder)
            where = f"{path.name} at {width} px, {scheme}"
            if found["texts"] < 20:
                problems.append(f"{where}: only {found['texts']} texts: is it a report?")
            if found["scripts"]:
                problems.append(f"{where}: {found['scripts']} scripts")
            problems += [f"{where}: wider than the page: {element}" for element in found["overflow"][:5]]
            problems += [f"{where}: contrast {text}" for text in found["contrast"][:5]]
            problems += [f"{where}: {line}" for line in console[:5]]
    return problems


def own_run(program, folder):
    """A report of a small run with every kind of section."""
    project.make(folder, steps=24, eval_every=8, save_every=0)
    code, errors = project.run(program, folder, ["train", "config.json"])
    if code != 0:
        sys.exit(f"train ended with {code}: {errors[-2000:]}")
    return folder / "run/report.html"


def broken(page):
    """The page with a fault of each kind, which must be found."""
    return page.replace("</body>", '<div style="width:3000px">far too wide</div><p style="color:#888;background:#999">hard to read</p></body>')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("--page", type=pathlib.Path, nargs="*", default=[])
    options = parser.parse_args()
    if options.program is None and not options.page:
        parser.error("give --program or --page")
    chromium = browser()
    if chromium is None:
        print("no Chromium: scripts/setup.sh --browser installs it")
        sys.exit(NO_BROWSER)
    with tempfile.TemporaryDirectory(prefix="laurel_browser_") as name:
        folder = pathlib.Path(name)
        pages = [path.resolve() for path in options.page] or [own_run(options.program.resolve(), folder / "own")]
        problems = [problem for page in pages for problem in problems_of(chromium, page, folder)]
        faulty = folder / "faulty.html"
        faulty.write_text(broken(pages[0].read_text(encoding="utf-8")), encoding="utf-8")
        told = "\n".join(problems_of(chromium, faulty, folder))
        if "far too wide" not in told or "hard to read" not in told:
            problems.append(f"planted faults were not found: {told}")
    print("\n".join(problems) or f"{len(pages)} page(s): nothing found at {WIDTHS} px in light and dark")
    sys.exit(1 if problems else 0)


main()
