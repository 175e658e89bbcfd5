extension LoadPage {
    /// How the page looks, by day and by night.
    ///
    /// The colours of curves are such that people who confuse red and green tell them apart; thin lines are dashed too.
    static let styles = """
        :root { --ink: #1b1f24; --faint: #57606a; --paper: #ffffff; --line: #d0d7de;
          --first: #0060a8; --second: #c04a00; --third: #6e7781; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --faint: #9aa4af; --paper: #0d1117; --line: #30363d;
            --first: #58b0ff; --second: #ffa657; --third: #9aa4af; }
        }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
        figure { margin: 1rem 0; } figcaption { color: var(--faint); }
        svg { width: 100%; height: auto; }
        svg text { fill: var(--faint); font-size: 12px; font-variant-numeric: tabular-nums; }
        svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
        svg .grid { stroke: var(--line); stroke-width: 1; }
        svg path, svg line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        svg .first { stroke: var(--first); } svg .second { stroke: var(--second); }
        svg .third { stroke: var(--third); stroke-dasharray: 2 5; }
        svg .thin { stroke-width: 1.5; stroke-dasharray: 6 4; }
        table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto;
          font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--faint); padding: 0.25rem 0; }
        th, td { text-align: right; padding: 0.15rem 0.75rem; border-bottom: 1px solid var(--line);
          white-space: nowrap; font-weight: normal; }
        thead th { color: var(--faint); }
        th:first-child { text-align: left; padding-left: 0; }
        """
}
