# SPDX-License-Identifier: GPL-2.0
"""Draws answers over time, one panel for each driver, as a plain SVG."""

WIDTH, PANEL, LEFT, RIGHT, TOP, BELOW = 900, 190, 70, 20, 54, 44
STEP_MS = 50
COLOURS = ("#1b6ca8", "#b5512a")
STYLE = ("text{font:12px sans-serif;fill:#333}.t{font-size:15px;font-weight:bold}"
         ".n{fill:#777}.g{stroke:#ddd}.a{stroke:#333}")


def _steps(result):
    """Answers a second in steps, with the time of each relative to the update."""
    group = STEP_MS // result["bin_ms"]
    bins = result["bins"]
    return [(i * result["bin_ms"] / 1000 - result["begin_s"],
             sum(bins[i:i + group]) * 1000 / STEP_MS)
            for i in range(0, len(bins) - group + 1, group)]


class Panel:
    """One driver's answers."""

    def __init__(self, name, result, rate, span, top, colour):
        self.name, self.result, self.rate = name, result, rate
        self.first, self.last = span
        self.top, self.colour = top, colour
        self.ceiling = rate * 2.0

    def _x(self, when):
        part = (when - self.first) / (self.last - self.first)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def _y(self, rate):
        part = min(rate, self.ceiling) / self.ceiling
        return self.top + TOP + (PANEL - TOP - BELOW) * (1 - part)

    def draw(self):
        """The panel's elements."""
        return "\n".join([self._title(), self._axes(), self._area(), self._peak(),
                          self._gap()])

    def _title(self):
        result = self.result
        note = (f"{result['lost']:,} of {result['sent']:,} frames lost, longest gap "
                f"{result['longest_gap_ms'] / 1000:.2f} s, "
                f"{result['device_resets']} device resets")
        return (f'<text class="t" x="{LEFT}" y="{self.top + 20}">{self.name}</text>'
                f'<text class="n" x="{LEFT}" y="{self.top + 37}">{note}</text>')

    def _axes(self):
        bottom = self._y(0)
        parts = []
        for rate in (0, self.rate, 2 * self.rate):
            y = self._y(rate)
            parts.append(f'<line class="g" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" '
                         f'y2="{y:.1f}"/><text class="n" text-anchor="end" x="{LEFT - 8}" '
                         f'y="{y + 4:.1f}">{rate:,}</text>')
        for second in range(int(self.first), int(self.last) + 1):
            x = self._x(second)
            parts.append(f'<line class="a" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom:.1f}" '
                         f'y2="{bottom + 4:.1f}"/><text class="n" text-anchor="middle" '
                         f'x="{x:.1f}" y="{bottom + 18:.1f}">{second} s</text>')
        return "".join(parts)

    def _visible(self):
        return [(t, r) for t, r in _steps(self.result) if self.first <= t < self.last]

    def _area(self):
        points = []
        for when, rate in self._visible():
            y = self._y(rate)
            points += [f"{self._x(when):.1f},{y:.1f}",
                       f"{self._x(when + STEP_MS / 1000):.1f},{y:.1f}"]
        bottom = self._y(0)
        if not points:
            return ""
        start, end = points[0].split(",")[0], points[-1].split(",")[0]
        return (f'<polygon fill="{self.colour}" fill-opacity="0.75" points="{start},'
                f'{bottom:.1f} {" ".join(points)} {end},{bottom:.1f}"/>')

    def _peak(self):
        """What was caught in the gap comes at once: more than the panel is high."""
        when, rate = max(self._visible(), key=lambda step: step[1], default=(0, 0))
        if rate <= self.ceiling:
            return ""
        return (f'<text text-anchor="end" x="{self._x(when) - 8:.1f}" '
                f'y="{self._y(self.ceiling) + 14:.1f}">backlog: '
                f'{rate * STEP_MS / 1000:,.0f} answers in {STEP_MS} ms</text>')

    def _gap(self):
        begin = self.result["gap_begin_s"]
        middle = self._x(begin + self.result["longest_gap_ms"] / 2000)
        y = self._y(self.rate / 2)
        return (f'<text text-anchor="middle" x="{middle:.1f}" y="{y:.1f}">silent for '
                f'{self.result["longest_gap_ms"] / 1000:.2f} s</text>')


def draw(results, rate, caption):
    """results: {name: result}; the SVG's text."""
    last = max(r["gap_begin_s"] + r["longest_gap_ms"] / 1000 for r in results.values())
    span = (-2.0, last + 3.0)
    height = PANEL * len(results) + 30
    panels = [Panel(name, result, rate, span, i * PANEL, COLOURS[i % 2]).draw()
              for i, (name, result) in enumerate(results.items())]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}"><style>{STYLE}</style>'
            f'<rect width="100%" height="100%" fill="#fff"/>' + "\n".join(panels)
            + f'<text class="n" x="{LEFT}" y="{height - 12}">answers a second; 0 s: the '
              f'update begins. {caption}</text></svg>\n')
