"""Results for people: the terminal's views and the HTML page.

Others use ``formatting`` (numbers and times as text), ``widgets`` (tables and headings), ``terminal`` (a module
for each view) and ``html.page``.
"""
