"""The page in a real browser, from disk, without a network."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kagglebot.workspace import Workspace

if TYPE_CHECKING:
    from chromium import Browser

#: The contrast of each visible text with what lies behind it, below what WCAG 2.1 AA asks for.
_FAINT = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  return canvas.getImageData(0, 0, 1, 1).data;
};
const light = (colour) => {
  const [r, g, b] = [...rgba(colour)].slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const colour = getComputedStyle(each).backgroundColor;
    if (rgba(colour)[3] === 255) return colour;
  }
  return "white";
};
const faint = [];
for (const element of document.querySelectorAll("body *:not(script):not(svg *)")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || element.matches(".again") || !element.checkVisibility()) continue;
  const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
  const ratio = (one + 0.05) / (other + 0.05);
  if (ratio < 4.5) faint.push(`${element.className || element.tagName}: ${element.textContent.trim()} ${ratio}`);
}
return faint;
"""


@pytest.fixture(scope="module")
def page(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page on a study of 36 trials."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    return Workspace(studied).report("net", to=path).as_uri()


@pytest.fixture
def reader(browser: "Browser", page: str) -> Iterator["Browser"]:
    """The page opened; at the end it must have asked nothing and complained of nothing."""
    browser.open(page)
    browser.ask("localStorage.clear()")
    show(browser, "history")
    yield browser
    assert browser.complaints() == []
    asked = browser.requests()
    assert page in asked
    assert [each for each in asked if each != page and not each.startswith(("data:", "blob:"))] == []


def show(browser: "Browser", figure: str) -> None:
    """Go to a plot, which is drawn when it comes near."""
    browser.until("document.documentElement.dataset.plots === 'ready'")
    browser.ask(f"document.querySelector('#figure-{figure}').scrollIntoView({{block: 'center'}})")
    browser.until(f"document.querySelector('#figure-{figure} .main-svg')")


def column(browser: "Browser", name: str) -> list[str]:
    """The texts of a column of the table of trials, of the rows that are shown."""
    cells: list[str] = browser.ask(
        "const place = [...document.querySelectorAll('#table thead th')].findIndex("
        "(each) => each.textContent.trim() === arguments[0]);"
        "return [...document.querySelectorAll('#table tbody tr')].filter((row) => !row.hidden)"
        ".map((row) => row.cells[place].textContent.trim())",
        name,
    )
    return cells


def order(browser: "Browser") -> list[str]:
    """What ``aria-sort`` says of each column that is sorted by."""
    said: list[str] = browser.ask(
        "return [...document.querySelectorAll('#table thead th')].filter((each) => each.ariaSort !== 'none')"
        ".map((each) => each.textContent.trim() + ' ' + each.ariaSort)"
    )
    return said


def header(browser: "Browser", name: str) -> Any:
    """The button that sorts by a column."""
    return browser.ask(
        "return [...document.querySelectorAll('#table thead button')].find("
        "(each) => each.textContent.trim() === arguments[0])",
        name,
    )


def test_the_table_sorts_by_click_and_by_keyboard(reader: "Browser") -> None:
    scores = [float(each) for each in column(reader, "Accuracy") if each != "-"]
    assert scores == sorted(scores, reverse=True)
    assert order(reader) == ["Accuracy descending"]
    sign = "return getComputedStyle(document.querySelector('[aria-sort=descending] button'), '::after').content"
    assert reader.ask(sign) == '"↓"'
    header(reader, "learning_rate").click()
    rates = [float(each) for each in column(reader, "learning_rate") if each != "-"]
    assert rates == sorted(rates)
    assert order(reader) == ["learning_rate ascending"]
    assert "sorted by learning_rate, ascending" in reader.ask(
        "return document.getElementById('shown').textContent"
    )
    header(reader, "Trial").send_keys("\n")
    assert column(reader, "Trial") == sorted(column(reader, "Trial"), key=int)
    header(reader, "Trial").send_keys(" ")
    assert column(reader, "Trial") == sorted(column(reader, "Trial"), key=int, reverse=True)
    assert order(reader) == ["Trial descending"]
    header(reader, "weight_decay").click()  # only some trials have it: the others come last
    header(reader, "weight_decay").click()
    cells = column(reader, "weight_decay")
    assert "-" not in cells[: cells.index("-")] and set(cells[cells.index("-") :]) == {"-"}
    reader.ask(
        "const s = document.getElementById('state'); s.value = 'pruned'; s.dispatchEvent(new Event('change'))"
    )
    assert set(column(reader, "State")) == {"✂ pruned"}


def test_plots_have_hover_text_a_table_and_zoom(reader: "Browser") -> None:
    from selenium.webdriver import ActionChains

    assert reader.ask("return [...document.querySelectorAll('.plot')].map((each) => each.dataset.figure)")[:4] == [
        "history",
        "importances",
        "curves",
        "contour",
    ]
    show(reader, "importances")
    reader.until("document.querySelector('#figure-importances .bars .point path')")
    bar = reader.ask("return document.querySelector('#figure-importances .bars .point path')")
    ActionChains(reader.driver).move_to_element(bar).perform()
    reader.until("document.querySelector('#figure-importances .hoverlayer .hovertext')")
    name = reader.ask("return document.querySelector('#figure-importances .hoverlayer .hovertext').textContent")
    summary = reader.ask("return document.querySelector('#figure-importances tbody').textContent")
    assert name.split(":")[0] in summary
    numbers = reader.ask("return document.querySelector('#figure-importances details')")
    assert not numbers.get_property("open")
    reader.ask("return document.querySelector('#figure-importances summary')").send_keys("\n")
    assert numbers.get_property("open")
    before = reader.ask("return document.querySelector('#figure-history .plot')._fullLayout.xaxis.range")
    show(reader, "history")
    area = reader.ask("return document.querySelector('#figure-history .nsewdrag')")
    ActionChains(reader.driver).move_to_element(area).click_and_hold().move_by_offset(90, 60).release().perform()
    reader.until(
        f"document.querySelector('#figure-history .plot')._fullLayout.xaxis.range[0] > {before[0]}"
    )  # drawn a frame around: it is zoomed in


def test_the_theme_follows_the_system_until_switched_and_is_remembered(reader: "Browser", page: str) -> None:
    def look() -> tuple[str, str]:
        colours = reader.ask(
            "return [getComputedStyle(document.body).backgroundColor,"
            "getComputedStyle(document.querySelector('.plot .xtick text')).fill]"
        )
        return colours[0], colours[1]

    light = look()
    reader.open(page, dark=True)
    show(reader, "history")
    dark = look()
    assert light[0] != dark[0] and light[1] != dark[1]
    assert reader.ask("return document.getElementById('theme').ariaPressed") == "true"
    reader.ask("return document.getElementById('theme')").click()
    reader.until(f"getComputedStyle(document.querySelector('.plot .xtick text')).fill === '{light[1]}'")
    assert look() == light
    assert reader.ask("return document.getElementById('theme').ariaPressed") == "false"
    reader.open(page, dark=True)
    show(reader, "history")
    assert look() == light


def test_a_phone_shows_it_without_scrolling_sideways(reader: "Browser", page: str) -> None:
    reader.open(page, width=360)
    show(reader, "history")
    assert reader.ask("return document.documentElement.scrollWidth") <= 360
    wide = reader.ask(
        "return [...document.querySelectorAll('main *:not(svg *)')].filter((each) => !each.closest('.scroll, pre')"
        " && !each.matches('.unseen') && each.getBoundingClientRect().right > 360).map((each) => each.outerHTML)"
    )
    assert wide == []


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_has_enough_contrast(reader: "Browser", page: str, dark: bool) -> None:
    reader.open(page, dark=dark)
    show(reader, "history")
    assert reader.ask(_FAINT) == []
